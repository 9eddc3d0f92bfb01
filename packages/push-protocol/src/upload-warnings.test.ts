/** What those who push are told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_PACKAGE_LIMITS, inspectPackage } from '@feedfleet/nupkg';
import type { PackageMetadata } from '@feedfleet/nupkg';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import type { PackageOptions } from '../../../tests/src/support/package-builder.ts';
import { sampleFeed } from './push-fixture.ts';
import { packageWarnings, quotaWarnings, warningHeader } from './upload-warnings.ts';

const GOOD = {
  description: 'Reads and writes JSON.',
  metadataXml: '<license type="expression">MIT</license><readme>docs/readme.md</readme>',
  files: { 'docs/readme.md': '# Read me' },
};

async function readPackage(options: PackageOptions): Promise<PackageMetadata> {
  const folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-warnings-'));
  try {
    const file = path.join(folder, 'package.nupkg');
    await writeFile(file, buildPackage(options));
    return (await inspectPackage(file, DEFAULT_PACKAGE_LIMITS, new AbortController().signal)).metadata;
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the warnings about a package', () => {
  it('are none for one that has what its users look for', async () => {
    expect(packageWarnings(await readPackage(GOOD))).toEqual([]);
  });

  it.each([
    ['no license', { metadataXml: '<readme>docs/readme.md</readme>' }, /names no license/],
    ['a license URL', { metadataXml: `<licenseUrl>https://example.org</licenseUrl>` }, /licenseUrl is deprecated/],
    ['no readme', { metadataXml: '<license type="expression">MIT</license>' }, /no readme/],
    ['the description of a template', { description: ' Package Description ' }, /says nothing/],
    ['a version of SemVer 2.0.0', { version: '1.0.0-rc.1' }, /before NuGet 4.3/],
    ['a dependency without a lowest version', { dependencies: { net8: [{ id: 'X' }] } }, /X has no lowest version/],
    [
      'a dependency that only has a highest one',
      { dependencies: { '': [{ id: 'X', version: '(,2.0]' }] } },
      /X has no lowest version/,
    ],
    [
      'a stable version that depends on a pre-release',
      { dependencies: { '': [{ id: 'X', version: '1.0.0-beta' }] } },
      /pre-release of X/,
    ],
  ])('tell of %s', async (_, changed, expected) => {
    const warnings = packageWarnings(await readPackage({ ...GOOD, ...changed }));
    expect(warnings).toContainEqual(expect.stringMatching(expected));
  });

  it('do not mind a pre-release that depends on one', async () => {
    const dependencies = { '': [{ id: 'X', version: '1.0.0-beta' }] };
    expect(packageWarnings(await readPackage({ ...GOOD, version: '1.0.0-beta', dependencies }))).toEqual([]);
  });
});

describe('the warnings about quotas', () => {
  const feed = { ...sampleFeed, quotaBytes: 1000, quotaVersions: 10 };

  it('come from nine tenths on', () => {
    expect(quotaWarnings(feed, { bytes: 899, versions: 8, packages: 1_000_000 })).toEqual([]);
    expect(quotaWarnings(feed, { bytes: 900, versions: 10, packages: 1 })).toEqual([
      'The feed holds 900 of at most 1000 bytes (90 %).',
      'The feed holds 10 of at most 10 versions (100 %).',
    ]);
  });
});

describe('the header', () => {
  it('is absent when there is nothing to tell', () => {
    expect(warningHeader([])).toBeUndefined();
  });

  it('is one bounded line of printable ASCII, whatever a package is called', () => {
    const header = warningHeader(['A\r\nSet-Cookie: x', '\u0000\u{1F600}'.repeat(300), 'b'.repeat(2000)]) ?? '';
    expect(header).toMatch(/^[\x20-\x7e]{1,1000}$/);
    expect(header).toMatch(/^A\?Set-Cookie/);
  });
});
