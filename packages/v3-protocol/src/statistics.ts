/**
 * Statistics of a feed, an id and a version, as JSON: not a part of NuGet's protocol.
 *
 * Made for each request: they change with every download and every day, and cost a few indexed reads.
 */
import type { Answer, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { DownloadCounts, MetadataStore } from '@feedfleet/store';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

/** `statistics.json`, `statistics/{id}.json` or `statistics/{id}/{version}.json`. */
export interface StatisticsTarget {
  /** Null for the feed. */
  readonly id: string | null;
  /** Normalized; null for all versions of the id. */
  readonly version: string | null;
}

export const STATISTICS_PATHS = 'statistics.json, statistics/{id}.json, statistics/{id}/{version}.json';

const FOLDER = 'statistics';
const EXTENSION = '.json';
const MAX_DAYS = 3660;
const DEFAULT_DAYS = 30;
const MAX_TAKE = 1000;
const DEFAULT_TAKE = 20;

/** @returns undefined for what asks for something else. */
export function parseStatisticsPath(path: string): StatisticsTarget | undefined {
  const segments = path.split('/').filter((segment) => segment !== '');
  const last = segments.at(-1) ?? '';
  if (segments.length > 3 || !last.toLowerCase().endsWith(EXTENSION)) return undefined;
  const [folder, id, version] = [...segments.slice(0, -1), last.slice(0, -EXTENSION.length)];
  if (folder.toLowerCase() !== FOLDER) return undefined;
  try {
    if (id === undefined) return { id: null, version: null };
    if (version === undefined) return { id: decodeURIComponent(id), version: null };
    const parsed = parseVersion(decodeURIComponent(version));
    return parsed === undefined ? undefined : { id: decodeURIComponent(id), version: normalizeVersion(parsed) };
  } catch {
    return undefined;
  }
}

export interface StatisticsSources {
  readonly downloads: Omit<DownloadCounts, 'add' | 'reveal'>;
  readonly metadata: Pick<MetadataStore, 'statistics' | 'version'>;
}

/** @throws {ProblemError} `FF_NO_SUCH_PACKAGE`, or `FF_INVALID_QUERY` for `days` or `take` that are out of bounds. */
export async function statisticsAnswer(
  query: FeedQuery,
  { id, version }: StatisticsTarget,
  sources: StatisticsSources,
): Promise<Answer> {
  const window = windowOf(query.search);
  let document: object;
  if (id === null) document = await ofFeed(query, window, sources);
  else if (version === null) document = await ofPackage(query, id, { ...window, ...sources });
  else document = await ofVersion(query, { id, version }, { ...window, ...sources });
  return {
    kind: 'bytes',
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: Buffer.from(JSON.stringify(document)),
    gzip: 'negotiated',
    keep: 'none',
  };
}

interface Window {
  /** Today and the days before it. */
  readonly days: number;
  /** Most entries of a list. */
  readonly take: number;
}

async function ofFeed({ feed }: FeedQuery, { days, take }: Window, sources: StatisticsSources): Promise<object> {
  const { downloads, metadata } = sources;
  return {
    feed: feed.name,
    ...(await metadata.statistics(feed.id)),
    downloads: await downloads.totalOfFeed(feed.id),
    quota: { bytes: feed.quotaBytes, packages: feed.quotaPackages, versions: feed.quotaVersions },
    downloadsByDay: await downloads.daysOfFeed(feed.id, days),
    topPackages: await downloads.topPackages(feed.id, take),
  };
}

async function ofPackage(
  query: FeedQuery,
  id: string,
  { days, take, downloads }: Window & StatisticsSources,
): Promise<object> {
  const { feed } = query;
  const found = await downloads.statisticsOf(feed.id, id, take);
  if (found === undefined) throw absent(query, `"${id}"`);
  const { top, ...totals } = found;
  return {
    feed: feed.name,
    ...totals,
    downloadsByDay: await downloads.daysOfPackage(feed.id, id, days),
    topVersions: top,
  };
}

async function ofVersion(
  query: FeedQuery,
  { id, version }: { readonly id: string; readonly version: string },
  { days, downloads, metadata }: Window & StatisticsSources,
): Promise<object> {
  const { feed, signal } = query;
  const found = await metadata.version(feed.id, id, version, { signal });
  if (found === undefined) throw absent(query, `"${id}" ${version}`);
  return {
    feed: feed.name,
    id: found.id,
    version: found.normalizedVersion,
    downloads: found.downloads,
    bytes: found.sizeBytes,
    listed: found.listed,
    created: found.created,
    downloadsByDay: await downloads.daysOfVersion({ feedId: feed.id, id, normalizedVersion: version }, days),
  };
}

function windowOf(search: string): Window {
  const given = new URLSearchParams(search);
  const whole = (name: string, usual: number, max: number): number => {
    const text = given.get(name) ?? String(usual);
    const value = Number(text);
    if (/^\d{1,4}$/.test(text) && value >= 1 && value <= max) return value;
    const expected = `a whole number from 1 to ${max}`;
    const detail = `${name}: expected ${expected}, got "${text.slice(0, 40)}"`;
    throw new ProblemError('invalidQuery', { detail, reason: `Invalid query: ${name} must be ${expected}` });
  };
  return { days: whole('days', DEFAULT_DAYS, MAX_DAYS), take: whole('take', DEFAULT_TAKE, MAX_TAKE) };
}

function absent({ feed }: FeedQuery, what: string): ProblemError {
  return new ProblemError('noSuchPackage', { detail: `the feed ${feed.name} has no package ${what}` });
}
