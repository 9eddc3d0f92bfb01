import { escapeXml } from '@feedfleet/xml-text';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStringPromise } from 'xml2js';
import { entryAnswer } from './atom-document.ts';
import { flattenDependencies } from './dependency-list.ts';
import { renderEntry } from './entry.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';
import { V2_ENTITY } from './v2-entity.ts';

const base = 'https://feeds.example/F/main/api/v2';

interface Entry {
  readonly entry: Readonly<Record<string, readonly unknown[]>>;
}

function documentOf(row: Parameters<typeof entryAnswer>[0], includeSemVer2 = false, baseUrl = base): string {
  return entryAnswer(row, {
    entity: V2_ENTITY,
    baseUrl,
    viewpoint: { includeSemVer2 },
    shape: { format: 'atom', select: null },
  }).body.toString('utf8');
}

/** The `d:` properties as text; null for `m:null`. */
async function propertiesOf(document: string): Promise<Record<string, string | null>> {
  const { entry } = (await parseStringPromise(document)) as Entry;
  const [properties] = entry['m:properties'] as readonly Record<
    string,
    readonly (string | Record<string, unknown>)[]
  >[];
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, [value]]) => {
      if (typeof value === 'string' || value === undefined) return [name.slice(2), value ?? ''];
      const { $: attributes } = value as { readonly $: Record<string, string> };
      return [name.slice(2), attributes['m:null'] === 'true' ? null : ((value._ as string | undefined) ?? '')];
    }),
  );
}

describe('an entry', () => {
  const metadata = sampleMetadata('RecLib', '1.0', {
    summary: 'A "short" <text> & more',
    tags: ['math', 'fast'],
    projectUrl: 'https://example.test/?a=1&b=2',
    dependencyGroups: [
      { targetFramework: 'net45', dependencies: [{ id: 'Core', range: '[1.0.0, )' }] },
      { targetFramework: 'netstandard2.0', dependencies: [] },
    ],
  });

  it('has every property under its literal prefix', async () => {
    const row = sampleRow(metadata, { downloads: 5, totalDownloads: 7, isLatest: true });
    expect(await propertiesOf(documentOf(row))).toEqual({
      Id: 'RecLib',
      Version: '1.0',
      NormalizedVersion: '1.0.0',
      Title: 'RecLib',
      Authors: 'Ada, Grace',
      Copyright: null,
      Dependencies: 'Core:1.0.0:net45|::netstandard2.0',
      Description: 'About RecLib.',
      GalleryDetailsUrl: null,
      IconUrl: null,
      Language: null,
      LicenseNames: null,
      LicenseReportUrl: null,
      LicenseUrl: null,
      MinClientVersion: null,
      ProjectUrl: 'https://example.test/?a=1&b=2',
      ReleaseNotes: null,
      ReportAbuseUrl: null,
      Summary: 'A "short" <text> & more',
      Tags: 'math fast',
      DevelopmentDependency: 'false',
      IsPrerelease: 'false',
      RequireLicenseAcceptance: 'false',
      IsLatestVersion: 'true',
      IsAbsoluteLatestVersion: 'false',
      Listed: 'true',
      DownloadCount: '7',
      VersionDownloadCount: '5',
      Published: row.created,
      LastUpdated: row.lastEdited,
      LastEdited: row.lastEdited,
      Created: row.created,
      PackageHash: Buffer.from(row.sha512, 'hex').toString('base64'),
      PackageHashAlgorithm: 'SHA512',
      PackageSize: '1234',
    });
  });

  it('names itself and its file by absolute URLs, in a content element without content', () => {
    const document = documentOf(sampleRow(metadata));
    expect(document).toContain(`<id>${base}/Packages(Id='RecLib',Version='1.0.0')</id>`);
    expect(document).toContain(`<content type="application/zip" src="${base}/package/RecLib/1.0.0"/>`);
  });

  it('has neither comments nor white space between elements', () => {
    const document = documentOf(sampleRow(metadata));
    expect(document).not.toMatch(/<!--|>\s+</);
  });

  it('says that an unlisted version was published in 1900', async () => {
    const { Published, Listed } = await propertiesOf(documentOf(sampleRow(metadata, { listed: false })));
    expect([Published, Listed]).toEqual(['1900-01-01T00:00:00', 'false']);
  });

  it('has the latest flags of the versions that the client knows', async () => {
    const row = sampleRow(metadata, { isLatest: true, isAbsoluteLatestSemVer2: true });
    const flags = async (includeSemVer2: boolean) => {
      const { IsLatestVersion, IsAbsoluteLatestVersion } = await propertiesOf(documentOf(row, includeSemVer2));
      return [IsLatestVersion, IsAbsoluteLatestVersion];
    };
    expect(await flags(false)).toEqual(['true', 'false']);
    expect(await flags(true)).toEqual(['false', 'true']);
  });

  it('never counts more downloads than fit a signed 32-bit integer', async () => {
    const row = sampleRow(metadata, { downloads: 3_000_000_000, totalDownloads: 2 ** 40 });
    const { DownloadCount, VersionDownloadCount } = await propertiesOf(documentOf(row));
    expect([DownloadCount, VersionDownloadCount]).toEqual(['2147483647', '2147483647']);
  });

  it('is rendered anew when another renderer made it', () => {
    expect(documentOf(sampleRow(metadata, { fragmentFormat: 0, fragment: 'stale' }))).toEqual(
      documentOf(sampleRow(metadata)),
    );
  });

  it('is well-formed XML that gives back the text of any package, without a placeholder left', async () => {
    const texts = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 3 }),
        fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      ),
    });
    await fc.assert(
      fc.asyncProperty(texts, texts, async (description, tag) => {
        const odd = sampleMetadata('Odd', '1.0.0', { description: `[${description}]`, tags: [`[${tag}]`] });
        const document = documentOf(sampleRow(odd), false, `${base}/a&b`);
        expect(document).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
        expect(document.isWellFormed()).toBe(true);
        const { Description } = await propertiesOf(document);
        expect(escapeXml(Description ?? '')).toBe(escapeXml(`[${description}]`));
      }),
      { numRuns: 200 },
    );
  });

  it('leaves open only what can change after the push', () => {
    const open = new Set(renderEntry(metadata, sampleRow(metadata)).match(/[\u0001-\u0008]/g));
    expect(open.size).toBe(8);
  });
});

describe('dependencies', () => {
  it.each([
    ['[1.0.0, )', 'A:1.0.0'],
    ['(, )', 'A:'],
    ['[1.0.0, 1.0.0]', 'A:[1.0.0]'],
    ['[1.0.0, 2.0.0)', 'A:[1.0.0, 2.0.0)'],
    ['(, 2.0.0]', 'A:(, 2.0.0]'],
    ['(1.0.0, )', 'A:(1.0.0, )'],
  ])('write the range %s as %s', (range, written) => {
    expect(flattenDependencies([{ targetFramework: null, dependencies: [{ id: 'A', range }] }])).toBe(written);
  });
});
