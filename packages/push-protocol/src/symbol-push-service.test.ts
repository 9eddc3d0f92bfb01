import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import type { FoundSymbolFile } from '@feedfleet/store';
import { buildPackage, buildSymbolsPackage } from '../../../tests/src/support/package-builder.ts';
import { buildPortablePdb } from '../../../tests/src/support/pdb-builder.ts';
import { failing, openPushFixture, OWNER, pushRequest, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';

const SIGNATURE = '497b72f6390a44fc878e5a2d63b6cc4bffffffff';
const pdb = buildPortablePdb();
const symbolsOf = (files: Readonly<Record<string, Buffer>> = { 'lib/My.Lib.pdb': pdb }): Buffer =>
  buildSymbolsPackage({ id: 'my.lib', version: '1.0', files });

let fixture: PushFixture;
beforeEach(async () => {
  fixture = await openPushFixture();
  await fixture.service().push(pushRequest(buildPackage({ id: 'My.Lib', version: '1.0.0' })));
});
afterEach(() => fixture.close());

const push = (content: Buffer): Promise<unknown> => fixture.symbolService().push(pushRequest(content));
const find = (fileName = 'my.lib.pdb'): Promise<FoundSymbolFile | undefined> =>
  fixture.store.symbols.findSymbols(sampleFeed.id, { fileName, signature: SIGNATURE, checksums: [] });

describe('a push of symbols', () => {
  it('is found by its key when it is acknowledged', async () => {
    const content = symbolsOf();
    await expect(push(content)).resolves.toEqual({
      id: 'my.lib',
      normalizedVersion: '1.0.0',
      sizeBytes: content.length,
      outcome: 'added',
      warnings: [],
    });
    const found = await find();
    expect(found).toMatchObject({ fileName: 'My.Lib.pdb', content: { sizeBytes: pdb.length } });
    expect((await fixture.store.blobs.open(found?.sha512 ?? ''))?.bytes?.equals(content)).toBe(true);
  });

  it('takes the place of the former one, of which nothing is left', async () => {
    await push(symbolsOf({ 'lib/My.Lib.pdb': pdb, 'lib/Gone.pdb': pdb }));
    await expect(push(symbolsOf())).resolves.toMatchObject({ outcome: 'replaced' });
    await push(symbolsOf());
    await expect(find('Gone.pdb')).resolves.toBeUndefined();
    await expect(find()).resolves.toBeDefined();
    expect(fixture.files()).toHaveLength(2);
  });

  it('is refused when the feed would hold more bytes than its quota, and leaves nothing', async () => {
    const { bytes } = await fixture.store.metadata.statistics(sampleFeed.id);
    const content = symbolsOf();
    const pushTo = (quotaBytes: number): Promise<unknown> =>
      fixture.symbolService().push(pushRequest(content, { feed: { ...sampleFeed, quotaBytes } }));
    await expect(pushTo(bytes + content.length - 1)).rejects.toMatchObject({
      code: 'FF_QUOTA_EXCEEDED',
      reasonPhrase: expect.stringContaining(`this package needs ${content.length} more`) as unknown,
    });
    expect(fixture.files()).toHaveLength(1);
    await expect(pushTo(bytes + content.length)).resolves.toMatchObject({ outcome: 'added' });
  });

  it('is refused without its package, and leaves nothing', async () => {
    const other = buildSymbolsPackage({ id: 'Other', files: { 'a.pdb': pdb } });
    await expect(push(other)).rejects.toMatchObject({
      code: 'FF_NO_SUCH_PACKAGE',
      reasonPhrase: 'Other 1.0.0 is not in the feed; push the package before its symbols',
    });
    expect(fixture.files()).toHaveLength(1);
  });

  it('is refused when it is damaged, and the former one stays', async () => {
    await push(symbolsOf());
    await expect(push(symbolsOf({ 'lib/My.Lib.pdb': pdb.subarray(0, 100) }))).rejects.toMatchObject({
      code: 'FF_INVALID_PACKAGE',
      reasonPhrase: expect.stringContaining("'lib/My.Lib.pdb' is no usable PDB") as unknown,
    });
    await expect(find()).resolves.toBeDefined();
    expect(fixture.files()).toHaveLength(2);
  });

  it('is refused when its sender may not push any more once it is in place', async () => {
    let asked = 0;
    const permit = (id: string): void => {
      expect(id).toBe('my.lib');
      asked += 1;
      if (asked === 2) throw new ProblemError('noSuchFeed');
    };
    const pushed = fixture.symbolService().push(pushRequest(symbolsOf(), { permit }));
    await expect(pushed).rejects.toMatchObject({ code: 'FF_NO_SUCH_FEED' });
    expect([asked, fixture.files().length]).toEqual([2, 1]);
  });

  it('is refused when the version goes while the symbols arrive', async () => {
    const permit = (): void => {
      deleting ??= fixture.store.metadata.deleteVersion(sampleFeed.id, 'My.Lib', '1.0.0', (sha512) =>
        fixture.store.blobs.remove(sha512),
      );
    };
    let deleting: Promise<unknown> | undefined;
    const pushed = fixture.symbolService().push(pushRequest(symbolsOf(), { permit }));
    await expect(pushed).rejects.toMatchObject({ code: 'FF_NO_SUCH_PACKAGE' });
    await deleting;
    expect(fixture.files()).toEqual([]);
  });

  it('that fails is taken back, and what could not be is collected at the next start', async () => {
    const { metadata, blobs } = fixture.store;
    const failingCommit = fixture.symbolService({ blobs: failing(blobs, 'commit', 'after') });
    await expect(failingCommit.push(pushRequest(symbolsOf()))).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    expect(fixture.files()).toHaveLength(1);
    const failingTwice = fixture.symbolService({
      blobs: failing(blobs, 'commit', 'after'),
      metadata: failing(metadata, 'abandonBlob', 'before'),
    });
    await expect(failingTwice.push(pushRequest(symbolsOf()))).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    expect([fixture.litter.length, fixture.files().length]).toEqual([1, 2]);
    await expect(fixture.service().recover()).resolves.toEqual({ stagedFiles: 0, blobs: 1 });
    expect(fixture.files()).toHaveLength(1);
  });

  it('stays when a push that died had announced the same content', async () => {
    await push(symbolsOf());
    const found = await find();
    await fixture.store.metadata.intendBlob(found?.sha512 ?? '', OWNER);
    await expect(fixture.service().recover()).resolves.toEqual({ stagedFiles: 0, blobs: 0 });
    expect(fixture.files()).toHaveLength(2);
  });
});
