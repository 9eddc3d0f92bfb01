/**
 * What a family shows of one package id, in the same words for every protocol: so that families can be compared with each
 * other and with a model.
 */
import { createHash } from 'node:crypto';

import type { Exchange } from './exchange.ts';
import { downloadPath } from './feed-client.ts';
import type { FeedClient, ReadFamily } from './feed-client.ts';

/** All versions are ascending, and normalized. */
export interface SeenPackage {
  /** Everything that is there. */
  readonly versions: readonly string[];
  readonly listed: readonly string[];
  /** What a search finds; pre-releases count. */
  readonly found: readonly string[];
  /** Newest listed version that is no pre-release. */
  readonly latest: string | null;
  readonly absoluteLatest: string | null;
  /** Of those that were asked for, the ones that have a document of their own. */
  readonly byName: readonly string[];
  /** Of those that were asked for, the SHA-256 of the file of each that has one. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Look {
  readonly family: ReadFamily;
  readonly id: string;
  /** Versions that are asked for by name, ascending and normalized. */
  readonly versions: readonly string[];
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface V2Entry {
  readonly version: string;
  readonly listed: boolean;
  readonly isLatest: boolean;
  readonly isAbsoluteLatest: boolean;
}

interface Hit {
  readonly id: string;
  readonly version: string;
  readonly versions: readonly { readonly version: string }[];
}

interface Leaf {
  readonly catalogEntry: { readonly version: string; readonly listed: boolean };
}

/** @throws Error for another status: absent is not unknown. */
function checked(answer: Exchange, path: string, allowed: readonly number[] = [200]): Exchange {
  if (!allowed.includes(answer.status)) throw new Error(`${answer.status} ${answer.reason} for ${path}`);
  return answer;
}

function entriesOf(feed: string, id: string): readonly V2Entry[] {
  return feed
    .split('<entry>')
    .slice(1)
    .flatMap((entry) => {
      const property = (name: string): string => new RegExp(`<d:${name}[^>]*>([^<]*)<`).exec(entry)?.[1] ?? '';
      if (property('Id') !== id) return [];
      const listed = property('Listed') === 'true';
      if (listed === property('Published').startsWith('1900-')) throw new Error(`Listed against Published in ${entry}`);
      return {
        version: property('NormalizedVersion'),
        listed,
        isLatest: property('IsLatestVersion') === 'true',
        isAbsoluteLatest: property('IsAbsoluteLatestVersion') === 'true',
      };
    });
}

/** At most one, or it is no latest version. */
function only(versions: readonly string[]): string | null {
  if (versions.length > 1) throw new Error(`several latest versions: ${versions.join(', ')}`);
  return versions[0] ?? null;
}

/** What must be the same thing, told twice. */
function agreed<T>(what: string, left: T, right: T): T {
  const [first, second] = [JSON.stringify(left), JSON.stringify(right)];
  if (first !== second) throw new Error(`${what}: ${first} against ${second}`);
  return left;
}

async function filesOf(feed: FeedClient, { family, id, versions }: Look): Promise<SeenPackage['files']> {
  const files = await Promise.all(
    versions.map(async (version) => {
      const path = downloadPath(family, { id, version });
      const answer = checked(await feed.send(path), path, [200, 404]);
      return answer.status === 200 ? [[version, sha256(answer.body)] as const] : [];
    }),
  );
  return Object.fromEntries(files.flat());
}

async function existing(
  feed: FeedClient,
  versions: readonly string[],
  pathOf: (version: string) => string,
): Promise<readonly string[]> {
  const statuses = await Promise.all(
    versions.map(async (version) => checked(await feed.send(pathOf(version)), pathOf(version), [200, 404]).status),
  );
  return versions.filter((_, index) => statuses[index] === 200);
}

async function throughV2(feed: FeedClient, look: Look): Promise<SeenPackage> {
  const { id, family, versions } = look;
  const mount = family === 'v2' ? '/api/v2' : '';
  const entries = async (path: string): Promise<readonly V2Entry[]> =>
    entriesOf(checked(await feed.send(mount + path), mount + path).text, id);
  const search = `/Search()?searchTerm='${id}'&includePrerelease=true&semVerLevel=2.0.0`;
  const [all, found, latest, absoluteLatest, byName, files] = await Promise.all([
    entries(`/FindPackagesById()?id='${id}'&semVerLevel=2.0.0&$orderby=Version`),
    entries(`${search}&$orderby=Version`),
    entries(`${search}&$filter=IsLatestVersion`),
    entries(`${search}&$filter=IsAbsoluteLatestVersion`),
    existing(feed, versions, (version) => `${mount}/Packages(Id='${id}',Version='${version}')?semVerLevel=2.0.0`),
    filesOf(feed, look),
  ]);
  const names = (some: readonly V2Entry[]): readonly string[] => some.map(({ version }) => version);
  return {
    versions: names(all),
    listed: names(all.filter(({ listed }) => listed)),
    found: names(found),
    latest: agreed('IsLatestVersion', only(names(latest)), only(names(all.filter(({ isLatest }) => isLatest)))),
    absoluteLatest: agreed(
      'IsAbsoluteLatestVersion',
      only(names(absoluteLatest)),
      only(names(all.filter(({ isAbsoluteLatest }) => isAbsoluteLatest))),
    ),
    byName,
    files,
  };
}

async function throughV3(feed: FeedClient, look: Look): Promise<SeenPackage> {
  const { id, versions } = look;
  const lower = id.toLowerCase();
  /** Null for 404. */
  const document = async <T>(path: string): Promise<T | null> => {
    const answer = checked(await feed.send(`/api/v3${path}`), path, [200, 404]);
    return answer.status === 200 ? (JSON.parse(answer.text) as T) : null;
  };
  const search = async (prerelease: boolean): Promise<{ readonly newest: string | null; readonly all: string[] }> => {
    const path = `/query?q=${id}&prerelease=${prerelease}&semVerLevel=2.0.0`;
    const hit = (await document<{ readonly data: readonly Hit[] }>(path))?.data.find((each) => each.id === id);
    return { newest: hit?.version ?? null, all: hit?.versions.map(({ version }) => version) ?? [] };
  };
  const [flat, registration, any, stable, names, listedNames, byName, files] = await Promise.all([
    document<{ readonly versions: readonly string[] }>(`/flat/${lower}/index.json`),
    document<{ readonly items: readonly { readonly items: readonly Leaf[] }[] }>(
      `/registration/semver2/${lower}/index.json`,
    ),
    search(true),
    search(false),
    document<{ readonly data: readonly string[] }>(`/autocomplete?q=${id}&prerelease=true&semVerLevel=2.0.0`),
    document<{ readonly data: readonly string[] }>(`/autocomplete?id=${id}&prerelease=true&semVerLevel=2.0.0`),
    existing(feed, versions, (version) => `/api/v3/registration/semver2/${lower}/${version}.json`),
    filesOf(feed, look),
  ]);
  const leaves = registration?.items.flatMap(({ items }) => items).map(({ catalogEntry }) => catalogEntry) ?? [];
  const listed = leaves.filter((leaf) => leaf.listed).map(({ version }) => version);
  const registered = leaves.map(({ version }) => version);
  agreed('autocomplete of ids against the list', names?.data.includes(id), listed.length > 0);
  return {
    versions: agreed('flat container against registration', flat?.versions ?? [], registered),
    listed: agreed('registration against autocomplete', listed, listedNames?.data ?? []),
    found: any.all,
    latest: stable.newest,
    absoluteLatest: any.newest,
    byName,
    files,
  };
}

export function see(feed: FeedClient, look: Look): Promise<SeenPackage> {
  return look.family === 'v3' ? throughV3(feed, look) : throughV2(feed, look);
}
