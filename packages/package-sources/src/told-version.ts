/** From what a source tells of a version to a row of ours. */
import { emptyMetadata } from '@feedfleet/nupkg';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Deprecation, Vulnerability } from '@feedfleet/store';
import {
  formatRange,
  isPrerelease,
  isSemVer2,
  isSemVer2Range,
  normalizeVersion,
  parseRange,
  parseVersion,
  versionSortKey,
} from '@feedfleet/versioning';
import type { NuGetVersion } from '@feedfleet/versioning';

import type { SourceVersion } from './source-version.ts';

export interface ToldVersion {
  readonly id: string;
  readonly version: NuGetVersion;
  readonly metadata?: Partial<PackageMetadata>;
  readonly listed?: boolean;
  readonly created?: string;
  readonly lastEdited?: string;
  readonly downloads?: number;
  readonly totalDownloads?: number;
  readonly sizeBytes?: number;
  readonly sha512?: string;
  readonly deprecation?: Deprecation | null;
  readonly vulnerabilities?: readonly Vulnerability[];
  readonly isIncomplete?: boolean;
}

export function sourceVersion(told: ToldVersion): SourceVersion {
  const { id, version } = told;
  const names = {
    ...{ id, version: version.original, normalizedVersion: normalizeVersion(version) },
    isPrerelease: isPrerelease(version),
    isSemVer2: isSemVer2(version) || needsSemVer2(told.metadata),
  };
  const created = told.created ?? '';
  return {
    ...names,
    sortKey: versionSortKey(version),
    listed: told.listed ?? true,
    created,
    lastEdited: told.lastEdited === undefined || told.lastEdited === '' ? created : told.lastEdited,
    downloads: told.downloads ?? 0,
    totalDownloads: told.totalDownloads ?? 0,
    sizeBytes: told.sizeBytes ?? 0,
    sha512: told.sha512 ?? '',
    metadata: { ...emptyMetadata(names), ...told.metadata, ...names },
    deprecation: told.deprecation ?? null,
    vulnerabilities: told.vulnerabilities ?? [],
    ...(told.isIncomplete === true ? { isIncomplete: true } : {}),
  };
}

function needsSemVer2(metadata: Partial<PackageMetadata> | undefined): boolean {
  return (metadata?.dependencyGroups ?? []).some(({ dependencies }) =>
    dependencies.some(({ range }) => {
      const parsed = parseRange(range);
      return parsed !== undefined && isSemVer2Range(parsed);
    }),
  );
}

/** A range in interval notation. A source that writes one which nobody can read is taken at its word for "any". */
export function rangeOf(text: string): string {
  return formatRange(parseRange(text) ?? { min: null, minInclusive: false, max: null, maxInclusive: false });
}

/** What a source says about one version alone. */
export function exactRange(version: NuGetVersion): string {
  return `[${normalizeVersion(version)}, ${normalizeVersion(version)}]`;
}

/**
 * The versions of one id out of what a source sent for it, ascending, each once.
 *
 * Rows of another id are no answer to the question and are left out, as are those whose version nobody can read; both are reported.
 */
export class VersionsOfId {
  readonly #id: string;
  readonly #report: ReportOddity;
  readonly #bySortKey = new Map<string, SourceVersion>();
  #rows = 0;

  /** @param id - without regard to case. */
  constructor(id: string, report: ReportOddity) {
    this.#id = id.toLowerCase();
    this.#report = report;
  }

  /** Rows that were sent, of whatever id. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether the source sent rows, and none of them is one of the id: it did not say that it has none. */
  get isOnlyOdd(): boolean {
    return this.#rows > 0 && this.#bySortKey.size === 0;
  }

  /** @returns the row, unless there was one of that version, or it is left out. */
  add(told: Omit<ToldVersion, 'version'> & { readonly version: string }): SourceVersion | undefined {
    this.#rows += 1;
    if (told.id.toLowerCase() !== this.#id) {
      this.#report({ oddity: 'wrongId', expected: this.#id, given: told.id });
      return undefined;
    }
    const version = parseVersion(told.version);
    if (version === undefined) {
      this.#report({ oddity: 'invalidVersion', expected: this.#id, given: told.version });
      return undefined;
    }
    const row = sourceVersion({ ...told, version });
    if (this.#bySortKey.has(row.sortKey)) return undefined;
    this.#bySortKey.set(row.sortKey, row);
    return row;
  }

  ascending(): readonly SourceVersion[] {
    return [...this.#bySortKey.values()].sort((left, right) => (left.sortKey < right.sortKey ? -1 : 1));
  }
}

/** What a source sent that was left out of its answer. */
export interface Oddity {
  readonly oddity: 'wrongId' | 'invalidId' | 'invalidVersion';
  /** The id that was asked for; '' in searches. */
  readonly expected: string;
  /** As the source wrote it. */
  readonly given: string;
}

export type ReportOddity = (oddity: Oddity) => void;
