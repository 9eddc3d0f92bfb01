/**
 * A page about a package for people: where clients lead who ask for more, and entries of the changes feed. Pure.
 *
 * What authors wrote is text here, never markup; the page runs nothing and loads nothing but the icon out of the package, and tells
 * nobody whom it links to where the reader came from: the URL may hold a key.
 *
 * Source: NuGet server API, "Package details URL template"; Content Security Policy Level 3; Referrer Policy, section 3.1.
 */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { StoredVersion, VersionName } from '@feedfleet/store';
import { escapeXml } from '@feedfleet/xml-text';

import { fullVersion } from './full-version.ts';
import { entryNameOf, fileUrls } from './package-files.ts';
import type { V3Links } from './v3-links.ts';

export const PAGE_GUARDS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}' +
  'pre{background:#8882;padding:.7rem;white-space:pre-wrap}dt{font-weight:600}dd{margin:0 0 .5rem}img{height:2em;vertical-align:middle}';

/** Newest ones that are named; all are in the flat container. */
const MAX_VERSIONS = 100;

export interface PackagePage {
  readonly links: V3Links;
  readonly feedName: string;
  readonly version: StoredVersion;
  /** Of the listed versions of the id, ascending. */
  readonly names: readonly VersionName[];
}

export function packagePage({ links, feedName, version, names }: PackagePage): string {
  const { metadata, id } = version;
  const content = links.content(id, version.normalizedVersion);
  const title = `${id} ${fullVersion(version)}`;
  const icon = entryNameOf(metadata, 'icon') === null ? '' : `<img src="${escapeXml(`${content}/icon`)}" alt=""> `;
  const note = version.listed ? '' : '<p><strong>This version is not listed.</strong></p>';
  const install = `dotnet add package ${id} --version ${version.normalizedVersion} --source ${links.serviceIndex}`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
    `<title>${escapeXml(`${title} - ${feedName}`)}</title><style>${STYLE}</style></head><body>` +
    `<h1>${icon}${escapeXml(title)}</h1>${note}<p>${escapeXml(metadata.description)}</p>` +
    `<pre>${escapeXml(install)}</pre><dl>${facts(version, feedName)}</dl>` +
    `<ul>${linkList(version, content).join('')}</ul>${dependencies(metadata)}` +
    `<h2>Versions</h2><ul>${versionList(names, id, links)}</ul></body></html>`
  );
}

function facts({ metadata, created, sizeBytes, downloads }: StoredVersion, feedName: string): string {
  const told: Readonly<Record<string, string>> = {
    Authors: metadata.authors,
    Feed: feedName,
    Published: created.slice(0, 10),
    Size: `${Math.ceil(sizeBytes / 1024)} KiB`,
    Downloads: String(downloads),
    License: metadata.licenseExpression,
    Tags: metadata.tags.join(', '),
    Copyright: metadata.copyright,
    'Release notes': metadata.releaseNotes,
  };
  return Object.entries(told)
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `<dt>${name}</dt><dd>${escapeXml(text)}</dd>`)
    .join('');
}

function linkList({ metadata, id, normalizedVersion }: StoredVersion, content: string): readonly string[] {
  const { readmeUrl, licenseUrl } = fileUrls(metadata, content);
  const file = encodeURIComponent(`${id}.${normalizedVersion}`.toLowerCase());
  const targets = {
    Download: `${content}/${file}.nupkg`,
    Readme: readmeUrl,
    License: licenseUrl,
    Project: metadata.projectUrl,
    Repository: metadata.repositoryUrl,
  };
  return Object.entries(targets).flatMap(([name, url]) =>
    url === undefined || url === ''
      ? []
      : [`<li><a rel="noreferrer nofollow" href="${escapeXml(url)}">${name}</a></li>`],
  );
}

function dependencies({ dependencyGroups }: PackageMetadata): string {
  if (dependencyGroups.length === 0) return '';
  const items = dependencyGroups.map(({ targetFramework, dependencies: wanted }) => {
    const names = wanted.map(({ id, range }) => `${id} ${range}`);
    return `<li>${escapeXml(`${targetFramework ?? 'any framework'}: ${names.length === 0 ? 'none' : names.join(', ')}`)}</li>`;
  });
  return `<h2>Dependencies</h2><ul>${items.join('')}</ul>`;
}

function versionList(names: readonly VersionName[], id: string, links: V3Links): string {
  const newest = names.slice(-MAX_VERSIONS).toReversed();
  const items = newest.map(
    (name) =>
      `<li><a href="${escapeXml(links.packagePage(id, name.normalizedVersion))}">${escapeXml(fullVersion(name))}</a></li>`,
  );
  const rest = names.length - newest.length;
  return items.join('') + (rest === 0 ? '' : `<li>and ${rest} older ones</li>`);
}
