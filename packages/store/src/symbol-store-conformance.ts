/** What every implementation of the symbols port does. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SymbolFile } from '@feedfleet/nupkg';
import type { MetadataStore } from './metadata-store.ts';
import { sampleVersion, sha512Of } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';
import type { NewSymbols, SymbolStore } from './symbol-store.ts';

export interface SymbolStoreUnderTest {
  readonly store: MetadataStore;
  readonly symbols: SymbolStore;
  readonly dispose: () => Promise<void>;
}

const SIGNATURE = '497b72f6390a44fc878e5a2d63b6cc4bffffffff';
const OTHER_SIGNATURE = '00000000390a44fc878e5a2d63b6cc4bffffffff';

function fileNamed(fileName: string, rest: Partial<SymbolFile> = {}): SymbolFile {
  const content = { start: 60, packedBytes: 1_000, sizeBytes: 9_000_000_000, compression: 'deflated' as const };
  return { fileName, signature: SIGNATURE, checksum: 'c1', content, ...rest };
}

function symbolsOf(id: string, name: string, files: readonly SymbolFile[]): NewSymbols {
  return { id, normalizedVersion: '1.0.0', sha512: sha512Of(name), sizeBytes: 5_000, files };
}

export function describeSymbolStore(title: string, open: () => Promise<SymbolStoreUnderTest>): void {
  describe(`symbols in ${title}`, () => {
    let opened: SymbolStoreUnderTest;
    const current = (): SymbolStoreUnderTest => opened;
    beforeEach(async () => {
      opened = await open();
      for (const id of ['Acme', 'Later'])
        await publish(opened.store, 'f', sampleVersion({ id, version: '1.0.0' }), OWNER);
    });
    afterEach(() => opened.dispose());
    describeFinding(current);
    describeReplacing(current);
    describeQuota(current);
    describeBlobs(current);
  });
}

type Current = () => SymbolStoreUnderTest;

/** A push of symbols, without the file. */
async function put(current: Current, symbols: NewSymbols, feedId = 'f'): ReturnType<SymbolStore['putSymbols']> {
  const { store, symbols: port } = current();
  await store.intendBlob(symbols.sha512, OWNER);
  return port.putSymbols(feedId, symbols, { owner: OWNER, removeBlob: expectNoRemoval });
}

const find = (
  current: Current,
  fileName: string,
  signature = SIGNATURE,
  checksums: readonly string[] = [],
  feedId = 'f',
) => current().symbols.findSymbols(feedId, { fileName, signature, checksums });

function describeFinding(current: Current): void {
  it('are found by name, without case, and key', async () => {
    const file = fileNamed('Acme.Core.pdb');
    await expect(put(current, symbolsOf('ACME', 's', [file]))).resolves.toBe('added');
    await expect(find(current, 'ACME.core.PDB')).resolves.toEqual({ ...file, sha512: sha512Of('s') });
    await expect(find(current, 'Acme.pdb')).resolves.toBeUndefined();
    await expect(find(current, 'Acme.Core.pdb', OTHER_SIGNATURE)).resolves.toBeUndefined();
    await expect(find(current, 'Acme.Core.pdb', SIGNATURE, [], 'g')).resolves.toBeUndefined();
  });

  it('are those of the version that was pushed first, where several have the key', async () => {
    await put(current, symbolsOf('Later', 'late', [fileNamed('a.pdb')]));
    await put(current, symbolsOf('Acme', 'early', [fileNamed('a.pdb')]));
    await expect(find(current, 'a.pdb')).resolves.toMatchObject({ sha512: sha512Of('early') });
  });

  it('are those with a checksum that is asked for', async () => {
    await put(current, symbolsOf('Acme', 'early', [fileNamed('a.pdb'), fileNamed('a.pdb', { checksum: 'c2' })]));
    await put(current, symbolsOf('Later', 'late', [fileNamed('a.pdb', { checksum: 'c3' })]));
    const checksumsFound = async (...checksums: readonly string[]): Promise<unknown> =>
      (await find(current, 'a.pdb', SIGNATURE, checksums))?.checksum;
    await expect(checksumsFound('c2')).resolves.toBe('c2');
    await expect(checksumsFound('c3', 'c1')).resolves.toBe('c1');
    await expect(checksumsFound('c3', 'none')).resolves.toBe('c3');
    await expect(checksumsFound('none')).resolves.toBeUndefined();
  });

  it('have no checksum when they are of the older kind', async () => {
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb', { checksum: null })]));
    await expect(find(current, 'a.pdb')).resolves.toMatchObject({ checksum: null });
    await expect(find(current, 'a.pdb', SIGNATURE, ['c1'])).resolves.toBeUndefined();
  });

  it('stay when the version is unlisted', async () => {
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    await current().store.setListed('f', 'Acme', '1.0.0', false);
    await expect(find(current, 'a.pdb')).resolves.toBeDefined();
  });

  it('change the revision of the feed and its bytes, and nothing else that it counts', async () => {
    const { store } = current();
    const before = { revision: store.revisionOf('f'), statistics: await store.statistics('f') };
    const catalog = await store.catalogAfter(0, 100);
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    expect(store.revisionOf('f')).toBe(before.revision + 1);
    const { bytes, ...rest } = before.statistics;
    await expect(store.statistics('f')).resolves.toEqual({ ...rest, bytes: bytes + 5_000 });
    await expect(store.catalogAfter(0, 100)).resolves.toEqual(catalog);
  });
}

function describeReplacing(current: Current): void {
  it('are refused for a version that the feed does not have, and change nothing', async () => {
    const { store } = current();
    const revision = store.revisionOf('f');
    await expect(put(current, { ...symbolsOf('Acme', 's', []), normalizedVersion: '2.0.0' })).resolves.toBe('absent');
    await expect(put(current, symbolsOf('Nobody', 's', []))).resolves.toBe('absent');
    await expect(put(current, symbolsOf('Acme', 's', []), 'g')).resolves.toBe('absent');
    expect(store.revisionOf('f')).toBe(revision);
  });

  it('take the place of the former ones, whose package goes', async () => {
    const { store, symbols } = current();
    await put(current, symbolsOf('Acme', 'old', [fileNamed('a.pdb'), fileNamed('b.pdb')]));
    const removed: string[] = [];
    await store.intendBlob(sha512Of('new'), OWNER);
    const options = { owner: OWNER, removeBlob: (sha512: string) => removed.push(sha512) };
    const outcome = await symbols.putSymbols('f', symbolsOf('Acme', 'new', [fileNamed('b.pdb')]), options);
    expect(outcome).toBe('replaced');
    expect(removed).toEqual([sha512Of('old')]);
    await expect(find(current, 'a.pdb')).resolves.toBeUndefined();
    await expect(find(current, 'b.pdb')).resolves.toMatchObject({ sha512: sha512Of('new') });
  });

  it('may be pushed again as they are', async () => {
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    await expect(find(current, 'a.pdb')).resolves.toMatchObject({ sha512: sha512Of('s') });
  });

  it('are not stored when their blob was given up in the meantime', async () => {
    const { store, symbols } = current();
    const pushed = symbolsOf('Acme', 's', [fileNamed('a.pdb')]);
    await expect(symbols.putSymbols('f', pushed, { owner: OWNER, removeBlob: expectNoRemoval })).rejects.toMatchObject({
      code: 'FF_STORE_UNAVAILABLE',
    });
    await expect(find(current, 'a.pdb')).resolves.toBeUndefined();
    expect(store.revisionOf('f')).toBe(2);
  });
}

function describeQuota(current: Current): void {
  const bytesOf = async (): Promise<number> => (await current().store.statistics('f')).bytes;
  async function putWithin(symbols: NewSymbols, more: number): ReturnType<SymbolStore['putSymbols']> {
    const { store, symbols: port } = current();
    await store.intendBlob(symbols.sha512, OWNER);
    const quota = { bytes: (await bytesOf()) + more, packages: null, versions: null };
    return port.putSymbols('f', symbols, { owner: OWNER, removeBlob: () => undefined, quota });
  }
  const sized = (name: string, sizeBytes: number): NewSymbols => ({
    ...symbolsOf('Acme', name, [fileNamed('a.pdb')]),
    sizeBytes,
  });

  it('count in the quota of bytes, by what they grow', async () => {
    await expect(putWithin(sized('first', 5_000), 4_999)).rejects.toMatchObject({ code: 'FF_QUOTA_EXCEEDED' });
    await expect(find(current, 'a.pdb')).resolves.toBeUndefined();
    await expect(putWithin(sized('first', 5_000), 5_000)).resolves.toBe('added');
    await expect(putWithin(sized('larger', 6_000), 999)).rejects.toMatchObject({ code: 'FF_QUOTA_EXCEEDED' });
    await expect(find(current, 'a.pdb')).resolves.toMatchObject({ sha512: sha512Of('first') });
    await expect(putWithin(sized('larger', 6_000), 1_000)).resolves.toBe('replaced');
    // The quota was lowered below what there is: what shrinks may.
    await expect(putWithin(sized('smaller', 10), -5_000)).resolves.toBe('replaced');
  });

  it('make room when they go with their version', async () => {
    const { store } = current();
    const before = await bytesOf();
    await put(current, sized('s', 7_000));
    await store.deleteVersion('f', 'Acme', '1.0.0', () => undefined);
    await expect(bytesOf()).resolves.toBe(before / 2);
    await store.deleteVersion('f', 'Later', '1.0.0', () => undefined);
    await expect(bytesOf()).resolves.toBe(0);
  });
}

function describeBlobs(current: Current): void {
  it('go with their version', async () => {
    const { store } = current();
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    const removed: string[] = [];
    await store.deleteVersion('f', 'Acme', '1.0.0', (sha512) => removed.push(sha512));
    expect(removed).toContain(sha512Of('s'));
    await expect(find(current, 'a.pdb')).resolves.toBeUndefined();
    await publish(store, 'f', sampleVersion({ id: 'Acme', version: '1.0.0' }), OWNER);
    await expect(find(current, 'a.pdb')).resolves.toBeUndefined();
  });

  it('go with their feed', async () => {
    const { store } = current();
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    const removed: string[] = [];
    await store.deleteFeed('f', (sha512) => removed.push(sha512));
    expect(removed).toContain(sha512Of('s'));
    expect(removed).toHaveLength(3);
  });

  it('stay for another version that has the same symbols package', async () => {
    const { store } = current();
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    await put(current, symbolsOf('Later', 's', [fileNamed('a.pdb')]));
    const removed: string[] = [];
    await store.deleteVersion('f', 'Acme', '1.0.0', (sha512) => removed.push(sha512));
    expect(removed).not.toContain(sha512Of('s'));
    await expect(find(current, 'a.pdb')).resolves.toMatchObject({ sha512: sha512Of('s') });
  });

  it('stay when a push of the same content is refused, or its process dies', async () => {
    const { store } = current();
    await put(current, symbolsOf('Acme', 's', [fileNamed('a.pdb')]));
    await store.intendBlob(sha512Of('s'), OWNER);
    await store.abandonBlob(sha512Of('s'), OWNER, expectNoRemoval);
    await store.intendBlob(sha512Of('s'), 'dead');
    await expect(store.releaseIntents('dead', expectNoRemoval)).resolves.toEqual({ removed: 0 });
  });
}

function expectNoRemoval(sha512: string): void {
  throw new Error(`blob ${sha512} is still needed`);
}
