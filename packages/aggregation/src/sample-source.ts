/** Package sources in memory, as tests need them: they count how often they are asked, and are as sick as the test says. */
import { emptyMetadata } from '@feedfleet/nupkg';
import type {
  Ask,
  PackageSource,
  SourceAnswer,
  SourceContent,
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  SourceVersion,
  VersionsById,
} from '@feedfleet/package-sources';
import { Readable } from 'node:stream';
import {
  compareVersions,
  isPrerelease,
  isSemVer2,
  normalizeVersion,
  parseVersion,
  versionSortKey,
} from '@feedfleet/versioning';

export interface SampleVersion {
  readonly id: string;
  readonly version: string;
  readonly listed?: boolean;
  readonly downloads?: number;
  /** Of whom the row is; in the description. */
  readonly of?: string;
}

export function sourceVersion({ id, version, listed = true, downloads = 0, of = '' }: SampleVersion): SourceVersion {
  const parsed = parseVersion(version);
  if (parsed === undefined) throw new Error(`no version: ${version}`);
  const normalizedVersion = normalizeVersion(parsed);
  const named = { id, version, normalizedVersion, isPrerelease: isPrerelease(parsed), isSemVer2: isSemVer2(parsed) };
  return {
    ...named,
    ...{ sortKey: versionSortKey(parsed), listed, created: '2026-01-01T00:00:00Z', lastEdited: '2026-01-01T00:00:00Z' },
    ...{
      downloads,
      totalDownloads: downloads,
      sizeBytes: 1,
      sha512: 'a'.repeat(128),
      deprecation: null,
      vulnerabilities: [],
    },
    metadata: { ...emptyMetadata(named), description: of },
  };
}

/** In order of id, then version. */
export function inOrder(rows: readonly SourceVersion[]): readonly SourceVersion[] {
  return rows.toSorted((left, right) => compareRows(left, right));
}

export function compareRows(left: SourceVersion, right: SourceVersion): number {
  const [leftId, rightId] = [left.id.toLowerCase(), right.id.toLowerCase()];
  if (leftId !== rightId) return leftId < rightId ? -1 : 1;
  const [leftVersion, rightVersion] = [parseVersion(left.version), parseVersion(right.version)];
  return leftVersion === undefined || rightVersion === undefined ? 0 : compareVersions(leftVersion, rightVersion);
}

type Sickness = 'none' | 'partial' | 'unavailable' | 'unsupported' | 'denied' | 'stale' | 'silent';

export class SampleSource implements PackageSource {
  readonly #name: string;
  rows: readonly SourceVersion[];
  sickness: Sickness = 'none';
  /** Of its files alone: it lists what it does not give. */
  files: 'there' | 'absent' | 'unavailable' = 'there';
  /** Names of the questions that were put, in order. */
  readonly asked: string[] = [];
  readonly asks: Ask[] = [];

  constructor(name: string, versions: readonly (SampleVersion | string)[]) {
    this.#name = name;
    this.rows = inOrder(
      versions.map((each) => sourceVersion({ of: name, ...(typeof each === 'string' ? parsed(each) : each) })),
    );
  }

  versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    const found = this.rows.filter(({ id }) => ids.includes(id.toLowerCase()));
    return this.#answer(
      `versions ${ids.join(' ')}`,
      ask,
      Map.groupBy(found, ({ id }) => id.toLowerCase()),
    );
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    const byId = Map.groupBy(this.#found(query), ({ id }) => id.toLowerCase());
    const hits = [...byId.values()].map((versions) => ({ id: versions[0]?.id ?? '', versions }));
    return this.#answer(`search ${query.text}`, ask, { total: hits.length, hits: hits.slice(0, query.take) });
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    const ids = [...new Set(this.#found(query).map(({ id }) => id))];
    return this.#answer(`complete ${query.text}`, ask, { total: ids.length, ids: ids.slice(0, query.take) });
  }

  page({ take, withCount }: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    const rows = this.rows.filter(({ listed }) => listed);
    const page = { total: withCount ? rows.length : null, rows: rows.slice(0, take), hasMore: rows.length > take };
    return this.#answer('page', ask, page);
  }

  content(
    { id, normalizedVersion }: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>> {
    const row = this.rows.find(
      (each) => each.id.toLowerCase() === id.toLowerCase() && each.normalizedVersion === normalizedVersion,
    );
    const text = `${this.#name}: ${id} ${normalizedVersion}`;
    const open = (): Readable => Readable.from([Buffer.from(text)]);
    const content =
      row === undefined || this.files === 'absent' ? null : { sizeBytes: text.length, sha512: row.sha512, open };
    if (this.files === 'unavailable') this.sickness = 'unavailable';
    return this.#answer(`content ${id} ${normalizedVersion}`, ask, content);
  }

  #found({ text, includePrerelease, includeSemVer2 }: SourceSearch): readonly SourceVersion[] {
    return this.rows.filter(
      (row) =>
        row.listed &&
        (includePrerelease || !row.isPrerelease) &&
        (includeSemVer2 || !row.isSemVer2) &&
        row.id.toLowerCase().includes(text.toLowerCase()),
    );
  }

  #answer<T>(question: string, ask: Ask, value: T): Promise<SourceAnswer<T>> {
    this.asked.push(question);
    this.asks.push(ask);
    const told = { requests: 1, tookMs: 1 };
    const tag = this.rows.map((row) => `${row.id} ${row.version} ${row.listed}`).join();
    switch (this.sickness) {
      case 'none':
      case 'partial':
      case 'stale':
        return Promise.resolve({
          ...{ outcome: 'answered', value, tag, ageMs: this.sickness === 'stale' ? 90_000 : 0 },
          ...{ isStale: this.sickness === 'stale', ...told },
          ...(this.sickness === 'partial' && { isPartial: true as const }),
        });
      case 'unsupported':
        return Promise.resolve({ outcome: 'unsupported', detail: 'it has no such resource' });
      case 'denied':
      case 'unavailable': {
        const code = this.sickness === 'denied' ? 'FF_FORBIDDEN' : 'FF_SOURCE_BROKEN';
        return Promise.resolve({ outcome: 'unavailable', code, detail: 'it is sick', retryAfterMs: 7000, ...told });
      }
      case 'silent':
        return new Promise((_resolve, reject) => {
          ask.signal.addEventListener('abort', () => reject(ask.signal.reason as Error));
        });
    }
  }
}

/** `Contoso.Core 1.0.0`. */
function parsed(text: string): SampleVersion {
  const [id = '', version = ''] = text.split(' ');
  return { id, version };
}
