/** What every store of source copies does, run over each implementation beside the stores of packages on the same data. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BlobStore } from './blob-store.ts';
import type { MetadataStore } from './metadata-store.ts';
import { sampleVersion } from './sample-packages.ts';
import { MAX_NEGATIVE_DOCUMENTS } from './source-copies.ts';
import type { AddCopyOutcome, CopiedSource, NewSourceDocument, SourceCopies, SourceCopy } from './source-copies.ts';

export interface SourceCopiesUnderTest {
  readonly copies: SourceCopies;
  readonly blobs: BlobStore;
  /** Of a process that pushes, on the same data. */
  readonly metadata: MetadataStore;
  readonly dispose: () => Promise<void>;
}

const gallery: CopiedSource = {
  feedId: 'f',
  sourceId: 'source-1',
  origin: 'v3 https://packages.example/v3/index.json',
};
const moved: CopiedSource = { ...gallery, origin: 'v3 https://other.example/v3/index.json' };
const OWNER = 'v3-1';
const MANY_BYTES = 1_000_000;

export function describeSourceCopies(name: string, open: () => Promise<SourceCopiesUnderTest>): void {
  describe(`the source copies on ${name}`, () => {
    let opened: SourceCopiesUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    describePackages(() => opened);
    describeDocuments(() => opened);
    describeRemoval(() => opened);
  });
}

type Current = () => SourceCopiesUnderTest;

const version = (id: string, normalizedVersion: string) => ({ id, normalizedVersion });

/** Puts the file of a package in place, announced. */
async function put(
  { copies, blobs }: SourceCopiesUnderTest,
  text: string,
): Promise<Pick<SourceCopy, 'sha512' | 'sizeBytes'>> {
  const staged = await blobs.stage(Readable.from([Buffer.from(text)]), { maxBytes: 1000 });
  await copies.intendBlob(staged.sha512, OWNER);
  await blobs.commit(staged);
  return { sha512: staged.sha512, sizeBytes: staged.sizeBytes };
}

async function copy(
  current: SourceCopiesUnderTest,
  of: { readonly id: string; readonly normalizedVersion: string; readonly text?: string },
  { source = gallery, maxBytes = MANY_BYTES } = {},
): Promise<AddCopyOutcome> {
  const { copies, blobs } = current;
  const { id, normalizedVersion, text = `${id} ${normalizedVersion}` } = of;
  const file = await put(current, text);
  const options = { owner: OWNER, maxBytes, removeBlob: (sha512: string) => blobs.remove(sha512) };
  return copies.add(source, { id, normalizedVersion, ...file }, options);
}

const hashOf = (text: string): string => createHash('sha512').update(text).digest('hex');

function describePackages(current: Current): void {
  describe('packages', () => {
    it('are found by id and version, without case, of the one source at its one place', async () => {
      const { copies } = current();
      expect(await copy(current(), version('Acme.Core', '1.0.0-RC'))).toBe('added');
      const found = { sha512: hashOf('Acme.Core 1.0.0-RC'), sizeBytes: 18 };
      expect(await copies.find(gallery, version('acme.core', '1.0.0-rc'))).toEqual(found);
      expect(await copies.find(gallery, version('acme.core', '2.0.0'))).toBeUndefined();
      expect(await copies.find(moved, version('acme.core', '1.0.0-rc'))).toBeUndefined();
      expect(await copies.find({ ...gallery, feedId: 'g' }, version('acme.core', '1.0.0-rc'))).toBeUndefined();
    });

    it('stay as they were first, and what came later goes', async () => {
      const { copies, blobs } = current();
      await copy(current(), version('A', '1.0.0'));
      expect(await copy(current(), { ...version('A', '1.0.0'), text: 'another' })).toBe('known');
      expect(await copies.find(gallery, version('A', '1.0.0'))).toMatchObject({ sha512: hashOf('A 1.0.0') });
      expect(await blobs.open(hashOf('another'))).toBeUndefined();
    });

    it('are bounded in all, and what is past the bound goes', async () => {
      const { copies, blobs } = current();
      expect(await copy(current(), version('A', '1.0.0'), { maxBytes: 10 })).toBe('added');
      expect(await copy(current(), version('B', '1.0.0'), { source: moved, maxBytes: 10 })).toBe('full');
      expect(await copies.find(moved, version('B', '1.0.0'))).toBeUndefined();
      expect(await blobs.open(hashOf('B 1.0.0'))).toBeUndefined();
      expect(await blobs.open(hashOf('A 1.0.0'))).toBeDefined();
    });

    it('are not added when their file was released meanwhile', async () => {
      const { copies, blobs } = current();
      const file = await put(current(), 'A 1.0.0');
      const removeBlob = (sha512: string) => blobs.remove(sha512);
      expect(await copies.releaseIntents(OWNER, removeBlob)).toEqual({ removed: 1 });
      const adding = copies.add(
        gallery,
        { ...version('A', '1.0.0'), ...file },
        { owner: OWNER, maxBytes: 100, removeBlob },
      );
      await expect(adding).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
      expect(await copies.find(gallery, version('A', '1.0.0'))).toBeUndefined();
      expect(await copies.releaseIntents(OWNER, removeBlob)).toEqual({ removed: 0 });
    });

    it('are given up with their file', async () => {
      const { copies, blobs } = current();
      const { sha512 } = await put(current(), 'A 1.0.0');
      await copies.abandonBlob(sha512, OWNER, (each) => blobs.remove(each));
      expect(await blobs.open(sha512)).toBeUndefined();
    });

    it('keep their file when a version with the same one is deleted, and versions theirs when a copy is removed', async () => {
      const { copies, blobs, metadata } = current();
      const removeBlob = (sha512: string) => blobs.remove(sha512);
      const sha512 = hashOf('A 1.0.0');
      const push = async (): Promise<void> => {
        await metadata.intendBlob(sha512, 'push-1');
        await metadata.addVersion('f', sampleVersion({ id: 'A', version: '1.0.0' }, { sha512 }), 'push-1');
      };
      await copy(current(), version('A', '1.0.0'));
      await push();
      await metadata.deleteVersion('f', 'A', '1.0.0', removeBlob);
      expect(await blobs.open(sha512)).toBeDefined();
      await push();
      await copies.remove('f', 'source-1', removeBlob);
      expect(await blobs.open(sha512)).toBeDefined();
      await metadata.deleteVersion('f', 'A', '1.0.0', removeBlob);
      expect(await blobs.open(sha512)).toBeUndefined();
    });
  });
}

const document = (id: string, rest: Partial<NewSourceDocument> = {}): NewSourceDocument => ({
  ...{ id, content: Buffer.from(`about ${id}`), tag: `tag of ${id}`, toldMs: 1000, isNegative: false },
  ...rest,
});

function describeDocuments(current: Current): void {
  describe('documents', () => {
    it('are given back as they were put, by id without case', async () => {
      const { copies } = current();
      await copies.putDocuments(gallery, [document('Acme.Core'), document('B', { isNegative: true })]);
      const found = await copies.documents(gallery, ['ACME.core', 'b', 'missing']);
      expect([...found.keys()].toSorted()).toEqual(['acme.core', 'b']);
      expect(found.get('acme.core')).toEqual({
        ...{ content: Buffer.from('about Acme.Core'), tag: 'tag of Acme.Core', toldMs: 1000 },
      });
      expect(await copies.documents(moved, ['b'])).toEqual(new Map());
      expect(await copies.documents(gallery, [])).toEqual(new Map());
    });

    it('give way to what the source says later', async () => {
      const { copies } = current();
      await copies.putDocuments(gallery, [document('A')]);
      const later = { content: Buffer.from('more'), tag: 'later', toldMs: 2000 };
      await copies.putDocuments(gallery, [document('a', { ...later, isNegative: true })]);
      expect(await copies.documents(gallery, ['A'])).toEqual(new Map([['a', later]]));
    });

    it('are put and given by hundreds', async () => {
      const { copies } = current();
      const ids = Array.from({ length: 200 }, (_, index) => `p${index}`);
      await copies.putDocuments(
        gallery,
        ids.map((id) => document(id)),
      );
      expect((await copies.documents(gallery, ids)).size).toBe(200);
    });

    it('about ids that the source has not are bounded by themselves: the oldest make room', async () => {
      const { copies } = current();
      await copies.putDocuments(gallery, [document('kept', { toldMs: 0 })]);
      const absent = (index: number) =>
        document(`n${index}`, { isNegative: true, toldMs: index, content: Buffer.alloc(0) });
      await copies.putDocuments(
        gallery,
        Array.from({ length: MAX_NEGATIVE_DOCUMENTS + 2 }, (_, index) => absent(index)),
      );
      const found = await copies.documents(gallery, ['kept', 'n0', 'n1', 'n2', `n${MAX_NEGATIVE_DOCUMENTS + 1}`]);
      expect([...found.keys()].toSorted()).toEqual(['kept', `n${MAX_NEGATIVE_DOCUMENTS + 1}`, 'n2'].toSorted());
    });
  });
}

function describeRemoval(current: Current): void {
  describe('what is kept of a source', () => {
    it('is told with its size, and goes with its files, at every place where the source was', async () => {
      const { copies, blobs } = current();
      await copy(current(), version('A', '1.0.0'));
      await copy(current(), version('B', '1.0.0'), { source: moved });
      const other = { ...gallery, sourceId: 'source-2' };
      await copy(current(), version('C', '1.0.0'), { source: other });
      await copies.putDocuments(gallery, [document('A')]);
      const [both, one] = [
        { sourceId: 'source-1', packages: 2, bytes: 14 },
        { sourceId: 'source-2', packages: 1, bytes: 7 },
      ];
      expect(await copies.statistics('f')).toEqual([both, one]);
      expect(await copies.remove('f', 'source-1', (sha512) => blobs.remove(sha512))).toEqual({ packages: 2 });
      expect(await copies.statistics('f')).toEqual([one]);
      expect(await copies.documents(gallery, ['A'])).toEqual(new Map());
      for (const name of ['A 1.0.0', 'B 1.0.0']) expect(await blobs.open(hashOf(name))).toBeUndefined();
      expect(await blobs.open(hashOf('C 1.0.0'))).toBeDefined();
      expect(await copies.remove('f', 'source-1', () => undefined)).toEqual({ packages: 0 });
    });
  });
}
