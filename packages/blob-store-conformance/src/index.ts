/** What every blob store does, run over each implementation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, StagedBlob } from '@feedfleet/store';

export interface BlobStoreUnderTest {
  readonly store: BlobStore;
  /** Another store on the same blobs and the same staging, as the same process has it after a restart. */
  readonly reopen: () => Promise<BlobStore>;
  /** Changes a byte of a stored blob behind the store's back. */
  readonly damage: (sha512: string) => Promise<void>;
  /** How many files wait in staging. */
  readonly stagedFiles: () => Promise<number>;
  readonly dispose: () => Promise<void>;
}

type CurrentStore = () => BlobStoreUnderTest;

const sha512Of = (content: string): string => createHash('sha512').update(content).digest('hex');

const LIMIT = { maxBytes: 4 * 1024 * 1024 };

export function describeBlobStore(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(`the blob store on ${name}`, () => {
    let opened: BlobStoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const current: CurrentStore = () => opened;
    describeStaging(current);
    describeRefusals(current);
    describeReading(current);
    describeRemoval(current);
    describeDamage(current);
  });
}

async function* chunks(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    await nextTurn();
    yield Buffer.from(part);
  }
}

async function put(store: BlobStore, content: string): Promise<StagedBlob> {
  const staged = await store.stage(chunks(content), LIMIT);
  await store.commit(staged);
  return staged;
}

async function contentOf(store: BlobStore, sha512: string): Promise<string | undefined> {
  const blob = await store.open(sha512);
  return blob === undefined ? undefined : text(blob.stream());
}

function describeStaging(current: CurrentStore): void {
  describe('staging', () => {
    it('hashes what arrives and keeps it out of sight until it is committed', async () => {
      const { store, stagedFiles } = current();
      const staged = await store.stage(chunks('hel', '', 'lo'), LIMIT);
      expect(staged).toMatchObject({ sha512: sha512Of('hello'), sizeBytes: 5 });
      expect(await readFile(staged.path, 'utf8')).toBe('hello');
      expect(await store.open(staged.sha512)).toBeUndefined();
      await store.commit(staged);
      expect(await contentOf(store, staged.sha512)).toBe('hello');
      expect(await stagedFiles()).toBe(0);
    });

    it('takes the same content again, and twice at once', async () => {
      const { store, stagedFiles } = current();
      const both = await Promise.all([store.stage(chunks('same'), LIMIT), store.stage(chunks('sa', 'me'), LIMIT)]);
      await Promise.all(both.map((staged) => store.commit(staged)));
      const third = await put(store, 'same');
      await store.commit(third);
      expect(await contentOf(store, sha512Of('same'))).toBe('same');
      expect(await stagedFiles()).toBe(0);
    });

    it('forgets what is discarded', async () => {
      const { store, stagedFiles } = current();
      const staged = await store.stage(chunks('x'), LIMIT);
      await store.discard(staged);
      await store.discard(staged);
      expect(await stagedFiles()).toBe(0);
      expect(await store.open(staged.sha512)).toBeUndefined();
    });

    it('is swept of what a dead process left, and not of what a living one is at', async () => {
      const { store, reopen, stagedFiles } = current();
      await store.stage(chunks('left behind'), LIMIT);
      const restarted = await reopen();
      await expect(restarted.sweepStaging()).resolves.toEqual({ removed: 1 });
      const alive = await restarted.stage(chunks('alive'), LIMIT);
      await expect(restarted.sweepStaging()).resolves.toEqual({ removed: 0 });
      await restarted.commit(alive);
      expect(await stagedFiles()).toBe(0);
    });
  });
}

function describeRefusals(current: CurrentStore): void {
  describe('staging that fails leaves nothing behind', () => {
    it('when the content is too large', async () => {
      const { store, stagedFiles } = current();
      await expect(store.stage(chunks('1234', '5678'), { maxBytes: 7 })).rejects.toMatchObject({
        code: 'FF_BODY_TOO_LARGE',
      });
      expect(await stagedFiles()).toBe(0);
      await expect(store.stage(chunks('1234', '5678'), { maxBytes: 8 })).resolves.toMatchObject({ sizeBytes: 8 });
    });

    it('when the source breaks off', async () => {
      const { store, stagedFiles } = current();
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield* chunks('part');
        throw new Error('the client is gone');
      };
      await expect(store.stage(source(), LIMIT)).rejects.toThrow('the client is gone');
      expect(await stagedFiles()).toBe(0);
    });

    it('when it is aborted while the source is silent', async () => {
      const { store, stagedFiles } = current();
      const aborter = new AbortController();
      const source = async function* (): AsyncGenerator<Uint8Array> {
        yield* chunks('part');
        aborter.abort(new ProblemError('deadlineExceeded'));
        await new Promise(() => undefined);
      };
      const staging = store.stage(source(), { ...LIMIT, signal: aborter.signal });
      await expect(staging).rejects.toMatchObject({ code: 'FF_DEADLINE_EXCEEDED' });
      expect(await stagedFiles()).toBe(0);
    });

    it('when it was aborted before', async () => {
      const { store, stagedFiles } = current();
      const signal = AbortSignal.abort(new ProblemError('draining'));
      await expect(store.stage(chunks('x'), { ...LIMIT, signal })).rejects.toMatchObject({ code: 'FF_DRAINING' });
      expect(await stagedFiles()).toBe(0);
    });
  });
}

function describeReading(current: CurrentStore): void {
  describe('reading', () => {
    it('gives the whole, a range and a path, for small and for large blobs', async () => {
      const { store, reopen } = current();
      for (const content of ['0123456789', '0123456789'.repeat(300_000)]) {
        const { sha512 } = await put(store, content);
        const restarted = await reopen();
        for (const reader of [store, restarted, restarted]) {
          const blob = await reader.open(sha512);
          expect(blob).toMatchObject({ sha512, sizeBytes: content.length });
          expect(await text(blob?.stream({ start: 3, end: 5 }) ?? Readable.from([]))).toBe('345');
          expect((await text(blob?.stream() ?? Readable.from([]))) === content).toBe(true);
          expect((await readFile(blob?.path ?? '', 'utf8')) === content).toBe(true);
          expect(blob?.bytes === undefined || blob.bytes.toString() === content).toBe(true);
        }
      }
    });

    it('finds nothing under a hash that was never stored, or that is none', async () => {
      const { store } = current();
      expect(await store.open(sha512Of('never'))).toBeUndefined();
      expect(await store.open('../../etc/passwd')).toBeUndefined();
      expect(await store.open(sha512Of('never').toUpperCase())).toBeUndefined();
    });

    it('serves many readers of one blob at once', async () => {
      const { store } = current();
      const { sha512 } = await put(store, 'popular'.repeat(200_000));
      const blobs = await Promise.all(Array.from({ length: 20 }, () => store.open(sha512)));
      expect(blobs.every((blob) => blob?.sizeBytes === 1_400_000)).toBe(true);
    });
  });
}

function describeRemoval(current: CurrentStore): void {
  describe('removal', () => {
    it('is at once and idempotent, and the content can come back', async () => {
      const { store } = current();
      const { sha512 } = await put(store, 'short-lived');
      expect(await contentOf(store, sha512)).toBe('short-lived');
      await store.remove(sha512);
      await store.remove(sha512);
      expect(await store.open(sha512)).toBeUndefined();
      await put(store, 'short-lived');
      expect(await contentOf(store, sha512)).toBe('short-lived');
    });

    it('does not touch a stream that is open', async () => {
      const { store } = current();
      const content = 'long read '.repeat(200_000);
      const { sha512 } = await put(store, content);
      const stream = (await store.open(sha512))?.stream() ?? Readable.from([]);
      await store.remove(sha512);
      expect((await text(stream)) === content).toBe(true);
    });
  });
}

function describeDamage(current: CurrentStore): void {
  describe('a damaged blob', () => {
    it.each([10, 2_000_000])('is refused, every time (%i bytes)', async (sizeBytes) => {
      const { store, reopen, damage } = current();
      const { sha512 } = await put(store, 'x'.repeat(sizeBytes));
      await damage(sha512);
      const restarted = await reopen();
      await expect(restarted.open(sha512)).rejects.toMatchObject({ code: 'FF_CORRUPT' });
      const failure = await restarted.open(sha512).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'FF_CORRUPT' });
      expect((failure as ProblemError).detail).toContain(sha512.slice(0, 12));
    });

    it('is refused also when it was sound before', async () => {
      const { store, damage } = current();
      const { sha512 } = await put(store, 'y'.repeat(2_000_000));
      await expect(store.open(sha512)).resolves.toBeDefined();
      await damage(sha512);
      await expect(store.open(sha512)).rejects.toMatchObject({ code: 'FF_CORRUPT' });
    });

    it('is mended by the same content', async () => {
      const { store, reopen, damage } = current();
      const { sha512 } = await put(store, 'precious');
      await damage(sha512);
      const restarted = await reopen();
      await put(restarted, 'precious');
      expect(await contentOf(restarted, sha512)).toBe('precious');
    });
  });
}
