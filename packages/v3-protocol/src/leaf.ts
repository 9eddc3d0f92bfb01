/**
 * Registration leaves: rendered once at push, completed with this request's links and today's state at each read.
 *
 * What is open until then is marked by control characters. JSON escapes those inside strings, so that no text of a package
 * can contain one.
 *
 * Source: NuGet server API, "Package metadata", sections "Registration leaf object in a page" and "Catalog entry".
 */
import type { DependencyGroup, PackageMetadata } from '@feedfleet/nupkg';
import type { CatalogCommit, StoredVersion } from '@feedfleet/store';

import type { AdvisoryState } from './advisory-state.ts';
import { commitMembers } from './commit.ts';
import { fullVersion } from './full-version.ts';
import { fileUrls } from './package-files.ts';
import type { Hive, V3Links } from './v3-links.ts';
import { urlSegment, versionPath } from './v3-links.ts';

/** Version of this renderer; a stored fragment of another one is rendered anew from metadata. */
export const LEAF_FORMAT = 2;

/** What the metadata does not say about a version. */
export interface LeafFacts {
  /** ISO instant of the push. */
  readonly created: string;
}

const PLACEHOLDER = {
  /** Base URL of the registration hive, with a slash at the end. */
  registration: '\u0001',
  /** Base URL of the flat container, with a slash at the end. */
  flat: '\u0002',
  /** `true` or `false`, and after it members that only some versions have: what is known of them by now. */
  listed: '\u0003',
  /** ISO instant. */
  published: '\u0004',
  /** URL of the last entry in the catalog. */
  catalogLeaf: '\u0005',
  commitId: '\u0006',
  commitTimeStamp: '\u0007',
} as const;
const ANY_PLACEHOLDER = /[\u0001-\u0007]/g;

/** Clients take everything published before 1901 for unlisted. */
const UNLISTED_PUBLISHED = '1900-01-01T00:00:00Z';

/**
 * Renders a leaf as it stands in the items of a page.
 *
 * @returns JSON with placeholders, to be completed by `leafOf`.
 */
export function renderLeaf(metadata: PackageMetadata, facts: LeafFacts): string {
  const { id, normalizedVersion } = metadata;
  const path = versionPath(id, normalizedVersion);
  const leafUrl = `"${PLACEHOLDER.registration}${path}.json"`;
  const content = `"${PLACEHOLDER.flat}${path}/${urlSegment(`${id}.${normalizedVersion}`)}.nupkg"`;
  const commit = `"commitId":"${PLACEHOLDER.commitId}","commitTimeStamp":"${PLACEHOLDER.commitTimeStamp}"`;
  return (
    `{"@id":${leafUrl},"@type":"Package",${commit},` +
    `"catalogEntry":{"@id":"${PLACEHOLDER.catalogLeaf}","@type":"PackageDetails",` +
    `${members(describedMembers(metadata))},${urlMembers(metadata, path)}${members({ created: facts.created })},` +
    `"listed":${PLACEHOLDER.listed},"published":"${PLACEHOLDER.published}","packageContent":${content}` +
    `${dependencyGroups(metadata.dependencyGroups)}},"packageContent":${content},` +
    `"registration":"${PLACEHOLDER.registration}${urlSegment(id)}/index.json"}`
  );
}

/**
 * What the metadata alone says, as the catalog and its entries in registrations have it. Empty texts are left out: clients take ""
 * for a URL.
 */
export function describedMembers(metadata: PackageMetadata): Readonly<Record<string, unknown>> {
  const optional = {
    language: metadata.language,
    licenseExpression: metadata.licenseExpression,
    minClientVersion: metadata.minClientVersion,
    projectUrl: metadata.projectUrl,
    summary: metadata.summary,
  };
  return {
    id: metadata.id,
    version: fullVersion(metadata),
    title: metadata.title === '' ? metadata.id : metadata.title,
    authors: metadata.authors,
    description: metadata.description,
    tags: metadata.tags,
    requireLicenseAcceptance: metadata.requireLicenseAcceptance,
    ...Object.fromEntries(Object.entries(optional).filter(([, text]) => text !== '')),
  };
}

/** URLs of an author as they are, those of files in the package with the flat container left open. */
function urlMembers(metadata: PackageMetadata, path: string): string {
  // A base that JSON does not escape and no author can write; its place is taken in the text.
  const base = '{flat}/';
  const urls = Object.entries(fileUrls(metadata, `${base}${path}`));
  const texts = urls.map(([name, url]) =>
    url.startsWith(base)
      ? `"${name}":"${PLACEHOLDER.flat}${jsonText(url.slice(base.length))}",`
      : `${members({ [name]: url })},`,
  );
  return texts.join('');
}

function dependencyGroups(groups: readonly DependencyGroup[]): string {
  return groups.length === 0 ? '' : `,"dependencyGroups":[${groups.map(dependencyGroup).join()}]`;
}

function dependencyGroup({ targetFramework, dependencies }: DependencyGroup): string {
  const framework = targetFramework === null ? '' : `,${members({ targetFramework })}`;
  const rendered = dependencies.map(
    ({ id, range }) =>
      `{"@type":"PackageDependency",${members({ id, range: range === '' ? '(, )' : range })},` +
      `"registration":"${PLACEHOLDER.registration}${urlSegment(id)}/index.json"}`,
  );
  const list = rendered.length === 0 ? '' : `,"dependencies":[${rendered.join()}]`;
  return `{"@type":"PackageDependencyGroup"${framework}${list}}`;
}

/** The members of a JSON object, without its braces. */
function members(object: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(object).slice(1, -1);
}

export interface LeafContext {
  readonly links: V3Links;
  readonly hive: Hive;
  readonly advisories: AdvisoryState;
}

/** The complete leaf of a version that was read with its fragment. */
export function leafOf(version: StoredVersion, { links, hive, advisories }: LeafContext): string {
  const isCurrent = version.fragmentFormat === LEAF_FORMAT && version.fragment !== '';
  const fragment = isCurrent ? version.fragment : renderLeaf(version.metadata, version);
  const { commitId, commitTimeStamp } = commitMembers(commitOf(version));
  const values: Readonly<Record<string, string>> = {
    [PLACEHOLDER.registration]: jsonText(links.registration(hive)),
    [PLACEHOLDER.flat]: jsonText(links.flat),
    [PLACEHOLDER.listed]: listedAndMore(version, advisories),
    [PLACEHOLDER.published]: jsonText(publishedOf(version)),
    [PLACEHOLDER.catalogLeaf]: jsonText(links.catalogLeaf(version)),
    [PLACEHOLDER.commitId]: commitId,
    [PLACEHOLDER.commitTimeStamp]: commitTimeStamp,
  };
  return fragment.replace(ANY_PLACEHOLDER, (placeholder) => values[placeholder] ?? '');
}

function listedAndMore(version: StoredVersion, advisories: AdvisoryState): string {
  const more = members({ ...advisories.membersOf(version, 'text') });
  return more === '' ? String(version.listed) : `${version.listed},${more}`;
}

/** The entry of the catalog that a version's documents were made from. */
export function commitOf({ commitNumber, committedUs }: StoredVersion): CatalogCommit {
  return { number: commitNumber, committedUs };
}

export function publishedOf({ listed, created }: Pick<StoredVersion, 'listed' | 'created'>): string {
  return listed ? created : UNLISTED_PUBLISHED;
}

/** Text as it stands between the quotes of a JSON string. */
function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
