/**
 * The Atom entry of a package version: rendered once at push, completed by `fillEntry` at each read.
 *
 * Source: NuGetGallery, V2FeedPackage; OData Atom format 2.0. Prefixes are exactly `d:` and `m:`, `content` is
 * self-closing, and there is neither a comment nor white space between elements: some clients read by literal names.
 */
import type { PackageMetadata } from '@feedfleet/nupkg';
import { escapeXml } from '@feedfleet/xml-text';
import { flattenDependencies } from './dependency-list.ts';
import { PLACEHOLDER } from './entry-placeholder.ts';

/** Version of this renderer; a stored fragment of another one is rendered anew from metadata. */
export const ENTRY_FORMAT = 1;

/** What the metadata does not say about a version. */
export interface EntryFacts {
  /** SHA-512 of the package file, lower-case hex. */
  readonly sha512: string;
  readonly sizeBytes: number;
  /** ISO instant of the push. */
  readonly created: string;
}

/** How the entry's links name the version, to follow the base URL; escaped. */
interface EntryPaths {
  readonly resource: string;
  readonly download: string;
}

export const ENTRY_START = '<entry>';
const CATEGORY =
  '<category term="Feedfleet.V2FeedPackage" scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"/>';

/**
 * Renders a whole `<entry>` whose namespaces are declared by the document around it.
 *
 * @returns XML with the placeholders of `entry-placeholder.ts`.
 */
export function renderEntry(metadata: PackageMetadata, facts: EntryFacts): string {
  const paths = entryPaths(metadata);
  return (
    `${ENTRY_START}<id>${paths.resource}</id>${CATEGORY}` +
    `<link rel="edit" title="V2FeedPackage" href="${paths.resource}"/>` +
    `<title type="text">${escapeXml(metadata.id)}</title>` +
    `<summary type="text">${escapeXml(metadata.summary)}</summary>` +
    `<updated>${PLACEHOLDER.lastEdited}</updated>` +
    `<author><name>${escapeXml(metadata.authors)}</name></author>` +
    `<content type="application/zip" src="${paths.download}"/>` +
    `<m:properties>${identity(metadata)}${description(metadata)}${state()}${file(facts)}</m:properties></entry>`
  );
}

function entryPaths({ id, normalizedVersion }: PackageMetadata): EntryPaths {
  const segment = (text: string) => escapeXml(encodeURIComponent(text.toWellFormed()));
  return {
    resource: `${PLACEHOLDER.base}/Packages(Id='${segment(id)}',Version='${segment(normalizedVersion)}')`,
    download: `${PLACEHOLDER.base}/package/${segment(id)}/${segment(normalizedVersion)}`,
  };
}

function identity(metadata: PackageMetadata): string {
  return (
    text('Id', metadata.id) +
    text('Version', metadata.version) +
    text('NormalizedVersion', metadata.normalizedVersion) +
    text('Title', metadata.title === '' ? metadata.id : metadata.title)
  );
}

function description(metadata: PackageMetadata): string {
  return (
    text('Authors', metadata.authors) +
    text('Copyright', metadata.copyright) +
    text('Dependencies', flattenDependencies(metadata.dependencyGroups)) +
    text('Description', metadata.description) +
    text('GalleryDetailsUrl', '') +
    text('IconUrl', metadata.iconUrl) +
    text('Language', metadata.language) +
    text('LicenseNames', metadata.licenseExpression) +
    text('LicenseReportUrl', '') +
    text('LicenseUrl', metadata.licenseUrl) +
    text('MinClientVersion', metadata.minClientVersion) +
    text('ProjectUrl', metadata.projectUrl) +
    text('ReleaseNotes', metadata.releaseNotes) +
    text('ReportAbuseUrl', '') +
    text('Summary', metadata.summary) +
    text('Tags', metadata.tags.join(' ')) +
    typed('Boolean', 'DevelopmentDependency', metadata.developmentDependency) +
    typed('Boolean', 'IsPrerelease', metadata.isPrerelease) +
    typed('Boolean', 'RequireLicenseAcceptance', metadata.requireLicenseAcceptance)
  );
}

function state(): string {
  return (
    typed('Boolean', 'IsLatestVersion', PLACEHOLDER.isLatest) +
    typed('Boolean', 'IsAbsoluteLatestVersion', PLACEHOLDER.isAbsoluteLatest) +
    typed('Boolean', 'Listed', PLACEHOLDER.listed) +
    typed('Int32', 'DownloadCount', PLACEHOLDER.downloads) +
    typed('Int32', 'VersionDownloadCount', PLACEHOLDER.versionDownloads) +
    typed('DateTime', 'Published', PLACEHOLDER.published) +
    typed('DateTime', 'LastUpdated', PLACEHOLDER.lastEdited) +
    typed('DateTime', 'LastEdited', PLACEHOLDER.lastEdited)
  );
}

function file(facts: EntryFacts): string {
  return (
    typed('DateTime', 'Created', escapeXml(facts.created)) +
    text('PackageHash', Buffer.from(facts.sha512, 'hex').toString('base64')) +
    text('PackageHashAlgorithm', 'SHA512') +
    typed('Int64', 'PackageSize', facts.sizeBytes)
  );
}

function text(name: string, value: string): string {
  return value === '' ? `<d:${name} m:null="true"/>` : `<d:${name}>${escapeXml(value)}</d:${name}>`;
}

function typed(type: string, name: string, value: string | number | boolean): string {
  return `<d:${name} m:type="Edm.${type}">${String(value)}</d:${name}>`;
}
