/**
 * The properties of a `V1FeedPackage`: `$metadata` declares them, entries write them, and filters may name some.
 *
 * Source: NuGetGallery, V1FeedPackage and PackageExtensions.ToV1FeedPackageQuery. Ratings, prices and categories were those of
 * the first gallery, which had them; every server since then gives the same constants.
 */
import type { StoredVersion } from '@feedfleet/store';
import { V2_PROPERTIES, flattenDependencies, publishedOf } from '@feedfleet/v2-protocol';
import type { PackageProperty, PropertyTable } from '@feedfleet/v2-protocol';

type EdmType = 'String' | 'Boolean' | 'Int32' | 'Int64' | 'Double' | 'Decimal' | 'DateTime';

interface V1Property {
  readonly name: string;
  readonly type: EdmType;
  readonly isNullable: boolean;
  /** As it stands in a document, not escaped; empty text is null. */
  readonly read: (row: StoredVersion) => string;
}

const MAX_INT32 = 2_147_483_647;

const text = (name: string, read: (row: StoredVersion) => string): V1Property => ({
  name,
  type: 'String',
  isNullable: true,
  read,
});
const key = (name: string, read: (row: StoredVersion) => string): V1Property => ({
  ...text(name, read),
  isNullable: false,
});
const flag = (name: string, read: (row: StoredVersion) => boolean): V1Property => ({
  name,
  type: 'Boolean',
  isNullable: false,
  read: (row) => String(read(row)),
});
const instant = (name: string, read: (row: StoredVersion) => string): V1Property => ({
  name,
  type: 'DateTime',
  isNullable: false,
  read,
});
/** NuGet 2.x finds no package at all when a count does not fit. */
const count = (name: string, read: (row: StoredVersion) => number): V1Property => ({
  name,
  type: 'Int32',
  isNullable: false,
  read: (row) => String(Math.min(read(row), MAX_INT32)),
});

/** What the first gallery knew of a package and nobody does any more. */
const CONSTANTS: readonly (readonly [name: string, type: EdmType, value: string | number | boolean])[] = [
  ['PackageType', 'String', 'Package'],
  ['Categories', 'String', ''],
  ['ExternalPackageUrl', 'String', ''],
  ['GalleryDetailsUrl', 'String', ''],
  ['ReportAbuseUrl', 'String', ''],
  ['Rating', 'Double', 0],
  ['RatingsCount', 'Int32', 0],
  ['VersionRating', 'Double', 0],
  ['VersionRatingsCount', 'Int32', 0],
  ['Price', 'Decimal', 0],
  ['Prerelease', 'Boolean', false],
];

export const V1_PROPERTIES: readonly V1Property[] = [
  key('Id', ({ id }) => id),
  key('Version', ({ version }) => version),
  text('Title', titleOf),
  text('Authors', ({ metadata }) => metadata.authors),
  text('Summary', ({ metadata }) => metadata.summary),
  text('Description', ({ metadata }) => metadata.description),
  text('Copyright', ({ metadata }) => metadata.copyright),
  text('PackageHashAlgorithm', () => 'SHA512'),
  text('PackageHash', ({ sha512 }) => Buffer.from(sha512, 'hex').toString('base64')),
  { name: 'PackageSize', type: 'Int64', isNullable: false, read: ({ sizeBytes }) => String(sizeBytes) },
  flag('RequireLicenseAcceptance', ({ metadata }) => metadata.requireLicenseAcceptance),
  flag('IsLatestVersion', ({ isLatest }) => isLatest),
  count('VersionDownloadCount', ({ downloads }) => downloads),
  instant('Created', ({ created }) => created),
  instant('LastUpdated', ({ lastEdited }) => lastEdited),
  { ...instant('Published', publishedOf), isNullable: true },
  text('ProjectUrl', ({ metadata }) => metadata.projectUrl),
  text('LicenseUrl', ({ metadata }) => metadata.licenseUrl),
  text('IconUrl', ({ metadata }) => metadata.iconUrl),
  count('DownloadCount', ({ totalDownloads }) => totalDownloads),
  text('Tags', tagsOf),
  text('Dependencies', ({ metadata }) => flattenDependencies(metadata.dependencyGroups)),
  text('Language', ({ metadata }) => metadata.language),
  text('ReleaseNotes', ({ metadata }) => metadata.releaseNotes),
  ...CONSTANTS.map(([name, type, value]): V1Property => {
    const isNullable = type === 'String';
    return { name, type, isNullable, read: () => String(value) };
  }),
];

/** What filters and orders may name: what v2 looks for too, under the same name and with the same meaning, and the constants. */
export const V1_FILTERABLE: PropertyTable = new Map([
  ...[...V2_PROPERTIES].filter(([shared]) => V1_PROPERTIES.some(({ name }) => name === shared)),
  ...CONSTANTS.map(([name, , value]) => [name, constant(value)] as const),
]);

function constant(value: string | number | boolean): PackageProperty {
  if (typeof value === 'string') return { type: 'text', read: () => value };
  return typeof value === 'number' ? { type: 'number', read: () => value } : { type: 'flag', read: () => value };
}

/** Titles were never empty in v1. */
export function titleOf({ id, metadata }: StoredVersion): string {
  return metadata.title === '' ? id : metadata.title;
}

/** Blanks around every tag, so that `substringof(' tag ', Tags)` finds whole tags as clients mean it. */
function tagsOf({ metadata: { tags } }: StoredVersion): string {
  return tags.length === 0 ? '' : ` ${tags.join(' ')} `;
}
