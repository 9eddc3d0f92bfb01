/** What a feed's policies make of a push. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import type { PackageOptions } from '../../../tests/src/support/package-builder.ts';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';
import type { PushedPackage } from './push-service.ts';

let fixture: PushFixture;
beforeEach(async () => {
  fixture = await openPushFixture();
});
afterEach(() => fixture.close());

async function* bytesOf(content: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(content);
}

function push(options: PackageOptions, policy: Partial<typeof sampleFeed> = {}): Promise<PushedPackage> {
  return fixture.service().push({
    feed: { ...sampleFeed, ...policy },
    content: bytesOf(buildPackage(options)),
    fileName: '',
    maxBytes: 1_000_000,
    listed: true,
    permit: () => undefined,
    turn: () => Promise.resolve(() => undefined),
    signal: new AbortController().signal,
  });
}

const descriptionOf = async (version: string): Promise<string | undefined> =>
  (await fixture.store.metadata.version(sampleFeed.id, 'Sample', version))?.metadata.description;

describe('a version that exists', () => {
  it.each([
    ['never', '1.0.0', false],
    ['never', '1.0.0-beta', false],
    ['prerelease', '1.0.0', false],
    ['prerelease', '1.0.0-beta', true],
    ['always', '1.0.0', true],
    ['always', '1.0.0-beta', true],
  ] as const)('of a feed that overwrites %s: %s is replaced: %s', async (overwrite, version, isReplaced) => {
    await push({ version, description: 'old' }, { overwrite });
    const again = push({ version, description: 'new' }, { overwrite });
    if (isReplaced) await expect(again).resolves.toMatchObject({ outcome: 'replaced' });
    else await expect(again).rejects.toMatchObject({ code: 'FF_PACKAGE_EXISTS', status: 409 });
    expect(await descriptionOf(version)).toBe(isReplaced ? 'new' : 'old');
  });
});

describe('a push past the quota', () => {
  it('leaves nothing', async () => {
    await push({ version: '1.0.0' }, { quotaVersions: 1 });
    const files = fixture.files();
    const refused = push({ version: '2.0.0' }, { quotaVersions: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'FF_QUOTA_EXCEEDED', status: 403 });
    expect(fixture.files()).toEqual(files);
  });
});

describe('the warnings of a push', () => {
  it('tell of the package and of a quota that is nearly used up', async () => {
    const { warnings } = await push({}, { quotaPackages: 1 });
    expect(warnings).toEqual([
      'The feed holds 1 of at most 1 package ids (100 %).',
      'The package names no license.',
      'The package has no readme.',
    ]);
  });

  it('are none in a feed that does not want them', async () => {
    expect(await push({}, { quotaPackages: 1, uploadWarnings: false })).toMatchObject({ warnings: [] });
  });
});
