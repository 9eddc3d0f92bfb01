import { describe, expect, it } from '@jest/globals';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { StoredVersion } from '@feedfleet/store';
import { entryAnswer } from '@feedfleet/v2-protocol';
import { parseStringPromise } from 'xml2js';
import { sampleMetadata, sampleRow } from '../../v2-protocol/src/sample-package.ts';
import { V1_ENTITY } from './v1-entity.ts';
import { V1_PROPERTIES } from './v1-property.ts';

const baseUrl = 'https://feeds.example/F/main/api/v1';

const rowOf = (
  { id, version, ...more }: { readonly id: string; readonly version: string } & Partial<PackageMetadata>,
  facts: Partial<StoredVersion> = {},
): StoredVersion =>
  sampleRow(sampleMetadata(id, version, more), { isLatest: true, downloads: 7, totalDownloads: 12, ...facts });

function documentOf(row: StoredVersion): string {
  const shape = { format: 'atom', select: null } as const;
  return entryAnswer(row, { entity: V1_ENTITY, baseUrl, viewpoint: { includeSemVer2: false }, shape }).body.toString(
    'utf8',
  );
}

/** The `d:` properties as text; null for `m:null`. */
async function propertiesOf(row: StoredVersion): Promise<Readonly<Record<string, string | null>>> {
  const { entry } = (await parseStringPromise(documentOf(row))) as {
    readonly entry: { readonly 'm:properties': readonly Record<string, readonly unknown[]>[] };
  };
  const values = Object.entries(entry['m:properties'][0] ?? {}).map(([name, [value]]): [string, string | null] => {
    if (typeof value === 'string') return [name, value];
    const { _: content, $ } = value as { readonly _?: string; readonly $?: Readonly<Record<string, string>> };
    return [name, $?.['m:null'] === 'true' ? null : (content ?? '')];
  });
  return Object.fromEntries(values);
}

describe('an entry of v1', () => {
  it('has exactly the declared properties, with those that are constant since the first gallery', async () => {
    const found = await propertiesOf(rowOf({ id: 'Core', version: '1.0' }));
    expect(Object.keys(found)).toEqual(V1_PROPERTIES.map(({ name }) => `d:${name}`));
    expect(found).toMatchObject({
      ...{ 'd:Id': 'Core', 'd:Version': '1.0', 'd:IsLatestVersion': 'true', 'd:VersionDownloadCount': '7' },
      ...{ 'd:PackageType': 'Package', 'd:Rating': '0', 'd:RatingsCount': '0', 'd:VersionRating': '0', 'd:Price': '0' },
      ...{ 'd:Prerelease': 'false', 'd:Categories': null, 'd:ExternalPackageUrl': null, 'd:DownloadCount': '12' },
      ...{ 'd:PackageHashAlgorithm': 'SHA512', 'd:PackageSize': '1234', 'd:Dependencies': null },
    });
  });

  it('is titled as the package, or by its id', async () => {
    const titled = rowOf({ id: 'Core', version: '1.0', title: 'The core' });
    expect(documentOf(titled)).toContain('<title type="text">The core</title>');
    const untitled = rowOf({ id: 'Core', version: '1.0' });
    expect(documentOf(untitled)).toContain('<title type="text">Core</title>');
    expect(await propertiesOf(untitled)).toMatchObject({ 'd:Title': 'Core' });
  });

  it('says that it is unlisted by its date', async () => {
    const row = rowOf({ id: 'Core', version: '1.0' });
    expect(await propertiesOf(row)).toMatchObject({ 'd:Published': row.created });
    expect(await propertiesOf({ ...row, listed: false })).toMatchObject({ 'd:Published': '1900-01-01T00:00:00' });
  });

  it('has counts that fit', async () => {
    const row = rowOf({ id: 'Core', version: '1.0' }, { downloads: 3_000_000_000, totalDownloads: 5_000_000_000 });
    const clamped = { 'd:DownloadCount': '2147483647', 'd:VersionDownloadCount': '2147483647' };
    expect(await propertiesOf(row)).toMatchObject(clamped);
  });

  it('names dependencies as clients read them, and tags with blanks around', async () => {
    const dependencyGroups = [
      { targetFramework: 'net40', dependencies: [{ id: 'A', range: '[1.0.0, )' }] },
      { targetFramework: 'net20', dependencies: [] },
    ];
    const row = rowOf({ id: 'Core', version: '1.0', tags: ['a', 'b'], dependencyGroups });
    expect(await propertiesOf(row)).toMatchObject({ 'd:Dependencies': 'A:1.0.0:net40|::net20', 'd:Tags': ' a b ' });
  });

  it('is well-formed whatever the texts are', async () => {
    const description = 'a & b < c > d "e" \u0001\u0008\ud800\ufffe';
    const row = rowOf({ id: 'Core', version: '1.0', description, authors: "O'Brien & Söhne" });
    expect(await propertiesOf(row)).toMatchObject({
      'd:Description': 'a & b < c > d "e" ',
      'd:Authors': "O'Brien & Söhne",
    });
  });

  it('has its file behind a self-closing content, and links that stay below the base', () => {
    const text = documentOf(rowOf({ id: 'Core', version: '1.0' }));
    expect(text).toContain(`<content type="application/zip" src="${baseUrl}/package/Core/1.0.0"/>`);
    expect(text).toContain(`<id>${baseUrl}/Packages(Id='Core',Version='1.0.0')</id>`);
    expect(text).not.toMatch(/>\s+</);
  });
});
