/**
 * Snapshots on disk: a line with length and checksum, then the JSON. A file that is torn or altered anywhere is not read.
 *
 * Two are kept. A new one is written beside them, made durable, and takes the place of the newest, which takes the place of
 * the previous one: whenever the power goes, at least one of them is whole.
 */
import { hash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import { snapshotSchema } from './model.ts';
import type { Snapshot } from './model.ts';

const headerSchema = z.strictObject({
  format: z.literal(1),
  bytes: z.number().int().min(2),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const newestName = 'registry-snapshot.json';
export const previousName = 'registry-snapshot.previous.json';
const unfinishedName = 'registry-snapshot.json.tmp';
const lineFeed = 0x0a;
const maxHeaderBytes = 256;

export type DecodedSnapshot =
  { readonly outcome: 'read'; readonly snapshot: Snapshot } | { readonly outcome: 'damaged'; readonly reason: string };

export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const body = Buffer.from(JSON.stringify(snapshot));
  const header = { format: 1, bytes: body.length, sha256: hash('sha256', body, 'hex') };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Never throws: what cannot be read is damaged, with the reason. */
function decodeSnapshot(file: Buffer): DecodedSnapshot {
  const damaged = (reason: string): DecodedSnapshot => ({ outcome: 'damaged', reason });
  const end = file.subarray(0, maxHeaderBytes).indexOf(lineFeed);
  const header = headerSchema.safeParse(parseJson(file.subarray(0, Math.max(end, 0)).toString()));
  if (!header.success) return damaged('no header');
  const body = file.subarray(end + 1);
  if (body.length !== header.data.bytes) return damaged(`${body.length} of ${header.data.bytes} bytes`);
  if (hash('sha256', body, 'hex') !== header.data.sha256) return damaged('wrong checksum');
  const snapshot = snapshotSchema.safeParse(parseJson(body.toString()));
  return snapshot.success ? { outcome: 'read', snapshot: snapshot.data } : damaged('not a snapshot of this format');
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface SnapshotCandidate {
  readonly name: typeof newestName | typeof previousName;
  readonly decoded: DecodedSnapshot;
}

/** What is on disk, the newest first; files that are not there are left out. Makes the folder. */
export async function readSnapshots(folder: string): Promise<readonly SnapshotCandidate[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await rm(path.join(folder, unfinishedName), { force: true });
  const candidates: SnapshotCandidate[] = [];
  for (const name of [newestName, previousName] as const) {
    const file = await readIfThere(path.join(folder, name));
    if (file !== undefined) candidates.push({ name, decoded: decodeSnapshot(file) });
  }
  return candidates;
}

/** @param isNewestGood - whether the newest file may become the fallback; a damaged one must not. */
export async function writeSnapshot(folder: string, snapshot: Snapshot, isNewestGood: boolean): Promise<void> {
  const newest = path.join(folder, newestName);
  const unfinished = path.join(folder, unfinishedName);
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(encodeSnapshot(snapshot));
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (isNewestGood) await rename(newest, path.join(folder, previousName));
  await rename(unfinished, newest);
  await sync(folder);
}
