import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import type { FragmentKind } from '@feedfleet/store';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import type { PackageOptions } from '../../../tests/src/support/package-builder.ts';
import { OWNER, bytesOf, failing, openPushFixture, pushRequest as request, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';
import type { PushRequest, PushService } from './push-service.ts';

let fixture: PushFixture;
beforeEach(async () => {
  fixture = await openPushFixture();
});
afterEach(() => fixture.close());

const push = (options: PackageOptions, service: PushService = fixture.service()) =>
  service.push(request(buildPackage(options)));
const address = (id: string, normalizedVersion: string, feed = sampleFeed) => ({ feed, id, normalizedVersion });
const stored = (id: string, version: string) => fixture.store.metadata.version(sampleFeed.id, id, version);

describe('a push', () => {
  it('is visible and whole when it is acknowledged', async () => {
    const content = buildPackage({ id: 'My.Lib', version: '1.0' });
    const pushed = await fixture.service().push(request(content));
    expect(pushed).toMatchObject({
      id: 'My.Lib',
      normalizedVersion: '1.0.0',
      sizeBytes: content.length,
      outcome: 'added',
    });
    const sha512 = createHash('sha512').update(content).digest('hex');
    expect(await stored('my.lib', '1.0.0')).toMatchObject({
      id: 'My.Lib',
      version: '1.0',
      listed: true,
      isLatest: true,
      created: '2026-11-22T00:00:00.000Z',
      sha512,
      sizeBytes: content.length,
    });
    const read = (fragment: FragmentKind) =>
      fixture.store.metadata.version(sampleFeed.id, 'my.lib', '1.0.0', { fragment });
    expect(await read('v2-entry')).toMatchObject({ fragment: 'entry of My.Lib', fragmentFormat: 7 });
    expect(await read('v3-leaf')).toMatchObject({ fragment: `leaf of ${content.length}`, fragmentFormat: 8 });
    const blob = await fixture.store.blobs.open(sha512);
    expect(blob?.bytes?.equals(content)).toBe(true);
    expect(fixture.files()).toHaveLength(1);
  });

  it('is refused, and leaves nothing, when its sender may not push any more once it is in place', async () => {
    let asked = 0;
    const permit = (): void => {
      asked += 1;
      if (asked === 2) throw new ProblemError('noSuchFeed');
    };
    const pushed = fixture.service().push(request(buildPackage(), { permit }));
    await expect(pushed).rejects.toMatchObject({ code: 'FF_NO_SUCH_FEED' });
    expect([asked, fixture.files()]).toEqual([2, []]);
  });

  it('is refused when what its metadata becomes in a document is too long', async () => {
    const text = 'x'.repeat(200_000);
    const service = fixture.service({
      renderFragments: () => ({ 'v2-entry': { format: 1, text: 'short' }, 'v3-leaf': { format: 1, text } }),
    });
    await expect(push({}, service)).rejects.toMatchObject({
      code: 'FF_INVALID_PACKAGE',
      reasonPhrase: expect.stringContaining('200000 bytes in a feed; at most 131072 are allowed') as unknown,
    });
    expect(fixture.files()).toEqual([]);
  });

  it('of a version that exists, in whatever spelling, is refused and leaves nothing', async () => {
    await push({ id: 'A', version: '1.0.0' });
    await expect(push({ id: 'a', version: '1.0.0.0', description: 'another' })).rejects.toMatchObject({
      code: 'FF_PACKAGE_EXISTS',
      reasonPhrase: 'a 1.0.0 exists already',
    });
    expect(fixture.files()).toHaveLength(1);
  });

  it('of one version by many at a time is taken once', async () => {
    const service = fixture.service();
    const pushes = Array.from({ length: 8 }, (_, index) =>
      push({ id: 'A', description: index % 2 === 0 ? 'same' : `other ${index}` }, service),
    );
    const outcomes = await Promise.allSettled(pushes);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const version = await stored('A', '1.0.0');
    expect(fixture.files()).toEqual([expect.stringContaining(version?.sha512 ?? 'none')]);
    expect(fixture.litter).toEqual([]);
  });

  it('of the same file to two feeds keeps one blob until both are deleted', async () => {
    const service = fixture.service();
    const content = buildPackage();
    const feeds = ['a', 'b'].map((id) => ({ ...sampleFeed, id, deletion: 'delete' as const }));
    await Promise.all(feeds.map((feed) => service.push(request(content, { feed }))));
    expect(fixture.files()).toHaveLength(1);
    for (const [index, feed] of feeds.entries()) {
      await service.remove(address('Sample', '1.0.0', feed));
      expect(fixture.files()).toHaveLength(index === 0 ? 1 : 0);
    }
  });

  it.each([
    ['a broken package', { content: bytesOf(Buffer.from('PK\x03\x04 and nothing more')) }, 'FF_INVALID_PACKAGE'],
    ['a package past the limit', { maxBytes: 200 }, 'FF_BODY_TOO_LARGE'],
    ['a symbols package by its name', { fileName: 'A.1.0.0.symbols.nupkg' }, 'FF_INVALID_PACKAGE'],
    ['a symbols package by its modern name', { fileName: 'A.1.0.0.snupkg' }, 'FF_INVALID_PACKAGE'],
    [
      'a symbols package by its type',
      {
        content: bytesOf(
          buildPackage({ metadataXml: '<packageTypes><packageType name="SymbolsPackage"/></packageTypes>' }),
        ),
      },
      'FF_INVALID_PACKAGE',
    ],
    [
      'a symbols package by its content',
      { content: bytesOf(buildPackage({ files: { 'lib/A.dll': 'x', 'lib/A.pdb': 'x', 'src/A.cs': 'x' } })) },
      'FF_INVALID_PACKAGE',
    ],
    [
      'an id that the key is not for',
      {
        permit: (id: string) => {
          throw new ProblemError('forbidden', { detail: id });
        },
      },
      'FF_FORBIDDEN',
    ],
  ])('of %s is refused and leaves nothing', async (_, changed: Partial<PushRequest>, code) => {
    await expect(fixture.service().push(request(buildPackage(), changed))).rejects.toMatchObject({ code });
    expect(fixture.files()).toEqual([]);
    expect(fixture.store.metadata.revisionOf(sampleFeed.id)).toBe(0);
  });

  it('whose sender breaks off leaves nothing', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(Buffer.from('PK\x03\x04'));
      throw new Error('the connection was reset');
    }
    await expect(fixture.service().push(request(buildPackage(), { content: broken() }))).rejects.toThrow('reset');
    expect(fixture.files()).toEqual([]);
  });

  it('whose sender goes away while it is inspected leaves nothing', async () => {
    const gone = new AbortController();
    const changed = { signal: gone.signal, permit: () => gone.abort() };
    await expect(fixture.service().push(request(buildPackage(), changed))).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(fixture.files()).toEqual([]);
    expect(await stored('Sample', '1.0.0')).toBeUndefined();
  });
});

describe('a push that fails in the store', () => {
  it.each([
    ['blobs', 'stage', 'before'],
    ['metadata', 'version', 'before'],
    ['metadata', 'intendBlob', 'before'],
    ['blobs', 'commit', 'before'],
    ['blobs', 'commit', 'after'],
    ['metadata', 'addVersion', 'before'],
  ] as const)('%s.%s, %s its work: leaves nothing and can be repeated', async (part, method, when) => {
    const { metadata, blobs } = fixture.store;
    const service = fixture.service(
      part === 'blobs'
        ? { blobs: failing(blobs, method as keyof typeof blobs, when) }
        : { metadata: failing(metadata, method as keyof typeof metadata, when) },
    );
    await expect(push({}, service)).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE', status: 503 });
    expect(fixture.files()).toEqual([]);
    expect(await stored('Sample', '1.0.0')).toBeUndefined();
    await push({});
    expect(fixture.files()).toHaveLength(1);
  });

  it('after its announcement: what could not be taken back is told, and collected at the next start', async () => {
    const { metadata, blobs } = fixture.store;
    const dying = fixture.service({
      metadata: failing(failing(metadata, 'addVersion', 'before'), 'abandonBlob', 'before'),
      blobs,
    });
    await expect(push({}, dying)).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    expect(fixture.litter).toHaveLength(1);
    expect(fixture.files()).toHaveLength(1);
    expect(await fixture.service().recover()).toEqual({ stagedFiles: 0, blobs: 1 });
    expect(fixture.files()).toEqual([]);
  });

  it('after the version was added, without an acknowledgement: the whole package is there', async () => {
    const { metadata } = fixture.store;
    await expect(push({}, fixture.service({ metadata: failing(metadata, 'addVersion', 'after') }))).rejects.toThrow();
    expect(await stored('Sample', '1.0.0')).toBeDefined();
    expect(fixture.files()).toHaveLength(1);
    expect(await fixture.service().recover()).toEqual({ stagedFiles: 0, blobs: 0 });
    expect(fixture.files()).toHaveLength(1);
  });

  it('leaves the intents of other owners alone when it recovers', async () => {
    await fixture.store.metadata.intendBlob('a'.repeat(128), 'another');
    expect((await fixture.service().recover()).blobs).toBe(0);
    await fixture.store.metadata.intendBlob('b'.repeat(128), OWNER);
    expect((await fixture.service().recover()).blobs).toBe(1);
  });
});

describe('a delete', () => {
  it('unlists where the feed says so, also a second time, and can be taken back', async () => {
    const service = fixture.service();
    await push({ id: 'A' }, service);
    expect(await service.remove(address('a', '1.0.0'))).toBe('unlisted');
    expect(await service.remove(address('A', '1.0.0'))).toBe('unlisted');
    expect((await stored('A', '1.0.0'))?.listed).toBe(false);
    await service.setListed(address('A', '1.0.0'), true);
    expect((await stored('A', '1.0.0'))?.listed).toBe(true);
    await expect(service.remove(address('A', '2.0.0'))).rejects.toMatchObject({ code: 'FF_NO_SUCH_PACKAGE' });
  });

  it('deletes where the feed says so, also a second time, and lets the version be pushed again', async () => {
    const service = fixture.service();
    const feed = { ...sampleFeed, deletion: 'delete' as const };
    await push({ id: 'A' }, service);
    expect(await service.remove(address('a', '1.0.0', feed))).toBe('deleted');
    expect(await service.remove(address('A', '1.0.0', feed))).toBe('deleted');
    expect(fixture.files()).toEqual([]);
    await push({ id: 'A' }, service);
    await expect(service.remove(address('B', '1.0.0', feed))).rejects.toMatchObject({ code: 'FF_NO_SUCH_PACKAGE' });
    await expect(service.setListed(address('B', '1.0.0'), true)).rejects.toMatchObject({ code: 'FF_NO_SUCH_PACKAGE' });
  });
});
