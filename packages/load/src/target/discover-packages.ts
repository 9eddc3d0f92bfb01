/** Which packages a feed has: those that are named, or those that a search finds. Whole lists are read of v3 and of v2. */
import { ProblemError } from '@feedfleet/problems';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';
import { z } from 'zod';

import type { TargetService } from './discover-service.ts';
import type { TargetPackage, TargetVersion } from './load-target.ts';
import type { TargetQuestions } from './questions.ts';

/** Most packages of one feed. */
const MOST_PACKAGES = 100;
/** Newest versions of each. */
const MOST_VERSIONS = 20;
/** Lists that are read at the same time. */
const AT_ONCE = 4;

const searchSchema = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });
const listSchema = z.looseObject({ versions: z.array(z.string()) });

/** @param ids - given by the user; none for a search. @returns none when the feed has none. */
export async function discoverPackages(
  service: TargetService,
  ids: readonly string[],
  questions: TargetQuestions,
): Promise<readonly TargetPackage[]> {
  const wanted = ids.length > 0 ? ids : await searchedIds(service, questions);
  const found: TargetPackage[] = [];
  const left = [...new Set(wanted)].slice(0, MOST_PACKAGES).entries();
  const worker = async (): Promise<void> => {
    for (const [place, id] of left) {
      const versions = await versionsOf(service, id, questions);
      if (versions.length > 0) found[place] = { id, versions: versions.slice(-MOST_VERSIONS) };
      else if (ids.length > 0) throw new ProblemError('usage', { detail: `--package: the feed has no package ${id}` });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found.filter((each) => each as TargetPackage | undefined);
}

async function searchedIds({ v2, v3 }: TargetService, questions: TargetQuestions): Promise<readonly string[]> {
  if (v3?.search !== undefined) {
    const url = withQuery(v3.search, `q=&skip=0&take=${MOST_PACKAGES}&prerelease=true&semVerLevel=2.0.0`);
    const found = searchSchema.safeParse(jsonOf((await questions.ask(url)).text)).data;
    if (found !== undefined && found.data.length > 0) return found.data.map(({ id }) => id);
  }
  if (v2 === undefined) return [];
  const query =
    `Search()?$filter=IsLatestVersion&$orderby=Id&$skip=0&$top=${MOST_PACKAGES}` +
    "&searchTerm=''&targetFramework=''&includePrerelease=false";
  const { status, text } = await questions.ask(`${v2}/${query}`);
  return status === 200 ? entriesOf(text).map(({ id }) => id) : [];
}

async function versionsOf(
  service: TargetService,
  id: string,
  questions: TargetQuestions,
): Promise<readonly TargetVersion[]> {
  const [ofV3, ofV2] = await Promise.all([v3VersionsOf(service, id, questions), v2VersionsOf(service, id, questions)]);
  if (ofV3.length === 0) return ofV2;
  if (service.v2 === undefined) return ofV3;
  const urls = new Map(ofV2.map(({ version, contentUrl }) => [sameVersion(version), contentUrl]));
  return ofV3.map((each) => ({ ...each, v2ContentUrl: urls.get(sameVersion(each.version)) ?? each.contentUrl }));
}

/** Equal for spellings of one version: v2 tells it as the author wrote it, v3 normalized. */
function sameVersion(text: string): string {
  const version = parseVersion(text);
  return (version === undefined ? text : normalizeVersion(version)).toLowerCase();
}

async function v3VersionsOf(
  { v3 }: TargetService,
  id: string,
  questions: TargetQuestions,
): Promise<readonly TargetVersion[]> {
  if (v3?.content === undefined) return [];
  const lower = id.toLowerCase();
  const folder = `${v3.content}${encodeURIComponent(lower)}`;
  const { status, text } = await questions.ask(`${folder}/index.json`);
  const list = status === 200 ? listSchema.safeParse(jsonOf(text)).data : undefined;
  return (list?.versions ?? []).map((version) => ({
    version,
    contentUrl: `${folder}/${encodeURIComponent(version)}/${encodeURIComponent(`${lower}.${version}`)}.nupkg`,
  }));
}

async function v2VersionsOf(
  { v2 }: TargetService,
  id: string,
  questions: TargetQuestions,
): Promise<readonly TargetVersion[]> {
  if (v2 === undefined) return [];
  const quoted = encodeURIComponent(id.replaceAll("'", "''"));
  const { status, text, url } = await questions.ask(`${v2}/FindPackagesById()?id='${quoted}'&semVerLevel=2.0.0`);
  if (status !== 200) return [];
  return entriesOf(text).flatMap(({ version, src }) => {
    if (!URL.canParse(src, url)) return [];
    const contentUrl = new URL(src, url).href;
    questions.assertAllowed(contentUrl);
    return [{ version, contentUrl, v2ContentUrl: contentUrl }];
  });
}

interface Entry {
  readonly id: string;
  readonly version: string;
  /** As it is written: of any host, or relative to the document. */
  readonly src: string;
}

/** Servers differ in prefixes and in the order of elements, never in their names. */
function entriesOf(atom: string): readonly Entry[] {
  return [...atom.matchAll(/<(?:\w+:)?entry\b[\s\S]*?<\/(?:\w+:)?entry>/g)].flatMap(([entry]) => {
    const version = elementOf(entry, 'Version');
    const id = elementOf(entry, 'Id') ?? elementOf(entry, 'title');
    const src = /<(?:\w+:)?content\b[^>]*\bsrc="([^"]+)"/.exec(entry)?.[1];
    if (id === undefined || version === undefined || src === undefined) return [];
    return [{ id, version, src: unescaped(src) }];
  });
}

function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]+)<`).exec(xml)?.[1];
  return text === undefined ? undefined : unescaped(text);
}

const REFERENCES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const unescaped = (text: string): string =>
  text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => REFERENCES[name] ?? '');

export function withQuery(url: string, query: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch {
    return undefined;
  }
}
