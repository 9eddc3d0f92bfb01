/**
 * The service index of a v3 source: where it answers what, by the newest version of each resource that is understood here.
 *
 * Source: NuGet server API, "Service index", and the order in which NuGet.Protocol looks for types.
 */
import { parseJson } from './json-document.ts';
import type { DocumentReader } from './source-call.ts';
import { malformed } from './source-refusal.ts';
import { isObject, listOf } from './told-values.ts';

const MAX_INDEX_BYTES = 1024 ** 2;
/** Instances of one resource that are tried one after another. */
const MAX_INSTANCES = 4;

/** Newest first; `Versioned` is whatever is newest. */
const TYPES = {
  registration: ['/Versioned', '/3.6.0', '/3.4.0', '/3.0.0-rc', '/3.0.0-beta', ''].map(
    (version) => `RegistrationsBaseUrl${version}`,
  ),
  content: ['PackageBaseAddress/3.0.0', 'PackageBaseAddress'],
  search: ['/Versioned', '/3.5.0', '/3.4.0', '/3.0.0-rc', '/3.0.0-beta', ''].map(
    (version) => `SearchQueryService${version}`,
  ),
  autocomplete: ['/Versioned', '/3.5.0', '/3.4.0', '/3.0.0-rc', '/3.0.0-beta', ''].map(
    (version) => `SearchAutocompleteService${version}`,
  ),
} as const;

/** URLs of the instances of each resource, in the order in which they are to be tried; those of folders without a slash at the end. */
export type V3Resources = Readonly<Record<keyof typeof TYPES, readonly string[]>>;

/** @param url - of the index, which relative URLs in it belong to. */
export function serviceIndexReader(url: string): DocumentReader<V3Resources> {
  return {
    accept: 'application/json',
    maxBytes: MAX_INDEX_BYTES,
    read: async (body, signal) => resourcesOf(await parseJson(body, signal), url),
  };
}

function resourcesOf(document: unknown, url: string): V3Resources {
  if (!isObject(document) || !Array.isArray(document.resources)) {
    throw malformed('The URL of the source leads to JSON that is no service index of NuGet v3');
  }
  const urlsByType = new Map<string, string[]>();
  for (const resource of listOf(document.resources)) {
    if (!isObject(resource)) continue;
    const address = absoluteUrl(resource['@id'], url);
    if (address === undefined) continue;
    const types = Array.isArray(resource['@type']) ? (resource['@type'] as unknown[]) : [resource['@type']];
    for (const type of types) {
      if (typeof type !== 'string') continue;
      const urls = urlsByType.get(type) ?? [];
      if (urls.length < MAX_INSTANCES && !urls.includes(address)) urlsByType.set(type, [...urls, address]);
    }
  }
  const newest = (types: readonly string[]): readonly string[] =>
    types.map((type) => urlsByType.get(type)).find((urls) => urls !== undefined) ?? [];
  return {
    registration: newest(TYPES.registration),
    content: newest(TYPES.content),
    search: newest(TYPES.search),
    autocomplete: newest(TYPES.autocomplete),
  };
}

function absoluteUrl(value: unknown, base: string): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value, base)) return undefined;
  const { protocol, href, username, password } = new URL(value, base);
  if ((protocol !== 'https:' && protocol !== 'http:') || username !== '' || password !== '') return undefined;
  return href.replace(/\/+$/, '');
}
