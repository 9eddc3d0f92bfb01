/** A package file from a feed to its place: written beside, checked, renamed; so that what lies in place is whole. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { readNuspec } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';

import type { FeedRequests } from '../feed-requests.ts';

const STALL_MS = 120_000;

interface Expected {
  /** Lower-case hex. */
  readonly sha512: string;
  readonly sizeBytes: number;
}

interface Download extends Expected {
  readonly url: string;
  /** Absolute. */
  readonly file: string;
  readonly onBytes: (bytes: number) => void;
}

const partOf = (file: string): string => `${file}.part`;

/** Whether a file of this size is in place; nothing is put there before it was checked. */
export async function isInPlace(file: string, sizeBytes: number): Promise<boolean> {
  try {
    return (await stat(file)).size === sizeBytes;
  } catch {
    return false;
  }
}

/** Whether the very file is in place, by its content. */
export async function holds(file: string, { sha512, sizeBytes }: Expected): Promise<boolean> {
  if (!(await isInPlace(file, sizeBytes))) return false;
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex') === sha512;
}

/** @throws {ProblemError} as the feed refused it, or `FF_UNREACHABLE` when it broke off or is not what was expected. */
export async function download(
  requests: FeedRequests,
  { url, file, sha512, sizeBytes, onBytes }: Download,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const stall = new AbortController();
  const watch = setTimeout(() => stall.abort(), STALL_MS);
  const hash = createHash('sha512');
  let received = 0;
  try {
    const ended = AbortSignal.any([signal, stall.signal]);
    const body = await requests.open(url, ended);
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        watch.refresh();
        received += chunk.length;
        if (received > sizeBytes) return;
        hash.update(chunk);
        onBytes(chunk.length);
        yield chunk;
      }
    };
    await pipeline(counted, createWriteStream(partOf(file), { flush: true }), { signal: ended });
    if (received !== sizeBytes || hash.digest('hex') !== sha512) throw damaged(received, sizeBytes);
    await writeCompanions(file, sha512);
    await rename(partOf(file), file);
  } catch (error) {
    await rm(partOf(file), { force: true });
    onBytes(-Math.min(received, sizeBytes));
    signal.throwIfAborted();
    throw failureOfDownload(error, stall.signal.aborted);
  } finally {
    clearTimeout(watch);
  }
}

function damaged(received: number, expected: number): ProblemError {
  const what = received === expected ? 'another content than its catalog says' : `${received} of ${expected} bytes`;
  return new ProblemError('unreachable', { detail: `the feed sent ${what}` });
}

function failureOfDownload(error: unknown, stalled: boolean): unknown {
  if (error instanceof ProblemError) return error;
  const { code = 'it broke off', syscall } = error as NodeJS.ErrnoException;
  // Of the disk, which another attempt does not mend.
  if (syscall !== undefined && syscall !== 'read') return error;
  return new ProblemError('unreachable', { detail: stalled ? 'nothing moved for too long' : code, cause: error });
}

/**
 * What a hierarchical local feed has beside each package, and without which clients do not see it.
 *
 * Source: NuGet client, `LocalFolderUtility.GetLocalFeedType` and `VersionFolderPathResolver`.
 */
function companionsOf(file: string): { readonly nuspec: string; readonly hash: string } {
  const folder = path.dirname(file);
  return { nuspec: path.join(folder, `${path.basename(path.dirname(folder))}.nuspec`), hash: `${file}.sha512` };
}

async function writeCompanions(file: string, sha512: string): Promise<void> {
  const { nuspec, hash } = companionsOf(file);
  await writeFile(nuspec, await readNuspec(partOf(file)));
  await writeFile(hash, Buffer.from(sha512, 'hex').toString('base64'));
}

/** Removes the file and the folders that are empty then. */
export async function removePackage(folder: string, file: string): Promise<boolean> {
  const absolute = path.join(folder, file);
  const wasThere = await isFile(absolute);
  await rm(absolute, { force: true });
  const { nuspec, hash } = companionsOf(absolute);
  for (const beside of [partOf(absolute), nuspec, hash]) await rm(beside, { force: true });
  for (const parent of [path.dirname(absolute), path.dirname(path.dirname(absolute))]) {
    await removeEmptyFolder(parent);
  }
  return wasThere;
}

async function isFile(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function removeEmptyFolder(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // Not there, or another version lies in it.
  }
}
