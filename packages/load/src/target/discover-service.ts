/**
 * Which protocols a NuGet server speaks at a URL, and where.
 *
 * Source: NuGet server API, "Service index"; of v2 its `$metadata`, which every client of it knows.
 */
import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

import { printable } from '../printable.ts';
import type { TargetFeed, V3Addresses } from './load-target.ts';
import type { TargetQuestions } from './questions.ts';

const indexSchema = z.looseObject({
  resources: z
    .array(z.looseObject({ '@id': z.string(), '@type': z.union([z.string(), z.array(z.string())]) }))
    .max(1000),
});
type ServiceIndex = z.output<typeof indexSchema>;

/** The best first. */
const TYPES = {
  content: ['PackageBaseAddress/3.0.0'],
  registration: [
    ...['RegistrationsBaseUrl/Versioned', 'RegistrationsBaseUrl/3.6.0', 'RegistrationsBaseUrl/3.4.0'],
    ...['RegistrationsBaseUrl/3.0.0-rc', 'RegistrationsBaseUrl/3.0.0-beta', 'RegistrationsBaseUrl'],
  ],
  search: [
    'SearchQueryService/3.5.0',
    'SearchQueryService/Versioned',
    'SearchQueryService/3.0.0-rc',
    'SearchQueryService/3.0.0-beta',
    'SearchQueryService',
  ],
  autocomplete: [
    'SearchAutocompleteService/3.5.0',
    'SearchAutocompleteService/Versioned',
    'SearchAutocompleteService/3.0.0-rc',
    'SearchAutocompleteService/3.0.0-beta',
    'SearchAutocompleteService',
  ],
  publish: ['PackagePublish/2.0.0'],
  gallery: ['LegacyGallery/2.0.0', 'LegacyGallery'],
} as const;

/** Other servers name their address for pushes in the service index; below `/api/v2` it is where all clients look. */
function publishOf(v2: string | undefined): string | undefined {
  return v2 === undefined ? undefined : `${v2.replace(/\/api\/v2$/i, '')}/api/v2/package`;
}

export type TargetService = Omit<TargetFeed, 'packages'>;

/** @throws {ProblemError} `FF_UNREACHABLE` when neither v3 nor v2 answers, with what was tried. */
export async function discoverService(url: string, questions: TargetQuestions): Promise<TargetService> {
  const base = url.replace(/\/+$/, '');
  const tried: string[] = [];
  const isIndex = /\.json$/i.test(base);
  const found = await firstIndex(
    isIndex ? [base] : ['/api/v3/index.json', '/v3/index.json', '/index.json'].map((path) => base + path),
    questions,
    tried,
  );
  const resource = (types: readonly string[]): string | undefined =>
    found === undefined ? undefined : addressOf(found.index, types, found.url);
  const v3 = found === undefined ? undefined : v3Of(found.url, resource);
  const gallery = resource(TYPES.gallery)?.replace(/\/+$/, '');
  const roots = isIndex ? (gallery === undefined ? [] : [gallery]) : [base, `${base}/api/v2`];
  const [v2, ...others] = await v2Roots(roots, questions, tried);
  if (v2 === undefined && v3 === undefined) {
    throw new ProblemError('unreachable', { detail: `no NuGet server answers there; tried ${tried.join(', ')}` });
  }
  const publish = resource(TYPES.publish) ?? publishOf(v2);
  const addresses = [v2, publish, v3?.content, v3?.registration, v3?.search, v3?.autocomplete];
  for (const each of addresses) if (each !== undefined) questions.assertAllowed(each);
  return { name: nameOf(base), v2, v2Api: others[0] ?? v2, v3, publish };
}

async function firstIndex(
  urls: readonly string[],
  questions: TargetQuestions,
  tried: string[],
): Promise<{ readonly url: string; readonly index: ServiceIndex } | undefined> {
  for (const url of urls) {
    const reply = await questions.ask(url);
    const index = reply.status === 200 ? indexOf(reply.text) : undefined;
    if (index !== undefined) return { url: reply.url, index };
    tried.push(`${pathOf(url)} (${whyNot(reply.status, reply.text, 'no service index')})`);
  }
  return undefined;
}

/** Those that answer. */
async function v2Roots(
  roots: readonly string[],
  questions: TargetQuestions,
  tried: string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const root of roots) {
    const { status, text } = await questions.ask(`${root}/$metadata`);
    if (status === 200 && /<(?:\w+:)?Edmx\b/.test(text)) found.push(root);
    else tried.push(`${pathOf(`${root}/$metadata`)} (${whyNot(status, text, 'no metadata of v2')})`);
  }
  return found;
}

function whyNot(status: number, text: string, otherwise: string): string {
  if (status === 0) return text;
  return status === 200 ? otherwise : String(status);
}

function v3Of(index: string, resource: (types: readonly string[]) => string | undefined): V3Addresses {
  const folder = (types: readonly string[]): string | undefined => resource(types)?.replace(/\/*$/, '/');
  return {
    index,
    content: folder(TYPES.content),
    registration: folder(TYPES.registration),
    search: resource(TYPES.search),
    autocomplete: resource(TYPES.autocomplete),
  };
}

function typesOf({ '@type': types }: ServiceIndex['resources'][number]): readonly string[] {
  return typeof types === 'string' ? [types] : types;
}

function addressOf({ resources }: ServiceIndex, types: readonly string[], base: string): string | undefined {
  for (const type of types) {
    const found = resources.find((each) => typesOf(each).includes(type));
    if (found !== undefined && URL.canParse(found['@id'], base)) return new URL(found['@id'], base).href;
  }
  return undefined;
}

function indexOf(text: string): ServiceIndex | undefined {
  try {
    return indexSchema.safeParse(JSON.parse(text.replace(/^\ufeff/, ''))).data;
  } catch {
    return undefined;
  }
}

/** `acme` of `/F/acme`, `/F/acme/api/v2` and `/F/acme/api/v3/index.json`; the host where the path names nothing. */
function nameOf(url: string): string {
  const { pathname, host } = new URL(url);
  const own = pathname.replace(/\/(api\/)?v[123](\/index\.json)?$/i, '').replace(/\/index\.json$/i, '');
  const last = own.split('/').findLast((part) => part !== '') ?? host;
  try {
    return printable(decodeURIComponent(last));
  } catch {
    // Not every path is text.
    return printable(last);
  }
}

/** Keys may stand in a path: only its end is shown. */
const pathOf = (url: string): string => `...${new URL(url).pathname.slice(-24)}`;
