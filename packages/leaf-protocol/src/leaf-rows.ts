/** Rows of a leaf's document, with the values that they name by their place. */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { SourceHit, SourceVersion } from '@feedfleet/package-sources';
import type { Deprecation, Vulnerability } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';

import { FLAG, LEAF_ROW, METADATA_FILES, METADATA_TEXTS, OLDER_CELLS, ROW_CELLS, VALUE_NAMES } from './leaf-format.ts';
import type { LeafValues } from './leaf-format.ts';
import { isWhole, LeafMalformedError } from './leaf-malformed-error.ts';
import { VALUE_CHECKS } from './leaf-values.ts';
import { olderVersion } from './older-version.ts';

type Cells = readonly unknown[];
type Lists = { readonly [K in keyof LeafValues]: LeafValues[K][number][] };

const HASH = /^(?:[0-9a-f]{128})?$/;
const NO_VULNERABILITIES: readonly Vulnerability[] = [];

/** Version, its order and what its bits say. */
interface Identity {
  readonly version: string;
  readonly normalizedVersion: string;
  readonly sortKey: string;
  readonly listed: boolean;
  readonly isPrerelease: boolean;
  readonly isSemVer2: boolean;
}

export class LeafRows {
  readonly #lists: Lists = {
    ...{ texts: [], tags: [], types: [], dependencies: [], deprecations: [], vulnerabilities: [] },
  };

  /** Takes over the values of a chunk. @throws {LeafMalformedError} of this and of every other method. */
  add(chunk: Readonly<Record<string, unknown>>): void {
    for (const name of VALUE_NAMES) {
      const values = chunk[name] ?? [];
      if (!Array.isArray(values)) throw new LeafMalformedError(`${name} that are no list`);
      const list: unknown[] = this.#lists[name];
      for (const value of values as readonly unknown[]) {
        if (!VALUE_CHECKS[name](value)) throw new LeafMalformedError(`a value that is none of ${name}`);
        list.push(value);
      }
    }
  }

  id(row: unknown): string {
    if (typeof row === 'string' && row !== '') return row;
    throw new LeafMalformedError('an id that is none');
  }

  hit(row: unknown): SourceHit {
    if (!Array.isArray(row) || row.length === 0 || (row.length - 1) % OLDER_CELLS !== 0) {
      throw new LeafMalformedError('a hit that is none');
    }
    const cells: Cells = row;
    const newest = this.version(cells[0]);
    const versions: SourceVersion[] = [];
    for (let start = 1; start < cells.length; start += OLDER_CELLS) versions.push(olderIn(newest, cells, start));
    versions.push(newest);
    return { id: newest.id, versions };
  }

  version(row: unknown): SourceVersion {
    if (!Array.isArray(row) || row.length !== ROW_CELLS) throw new LeafMalformedError('a version that is none');
    const cells: Cells = row;
    const id = this.#value('texts', cells[LEAF_ROW.id]);
    const flags = countIn(cells, LEAF_ROW.flags);
    const identity = identityOf(cells, LEAF_ROW.version, flags);
    const created = textIn(cells, LEAF_ROW.created);
    const lastEdited = textIn(cells, LEAF_ROW.lastEdited);
    const sha512 = textIn(cells, LEAF_ROW.sha512);
    if (id === '' || !HASH.test(sha512))
      throw new LeafMalformedError('a version without an id, or a hash that is none');
    return {
      id,
      ...identity,
      created,
      lastEdited: lastEdited === '=' ? created : lastEdited,
      downloads: countIn(cells, LEAF_ROW.downloads),
      totalDownloads: countIn(cells, LEAF_ROW.totalDownloads),
      sizeBytes: countIn(cells, LEAF_ROW.sizeBytes),
      sha512,
      metadata: this.#metadata(cells, { id, flags, ...identity }),
      ...((flags & FLAG.incomplete) === 0 ? {} : { isIncomplete: true as const }),
      deprecation: this.#deprecation(cells[LEAF_ROW.deprecation]),
      vulnerabilities: this.#vulnerabilities(cells[LEAF_ROW.vulnerabilities]),
    };
  }

  #metadata(cells: Cells, row: Identity & { readonly id: string; readonly flags: number }): PackageMetadata {
    const { flags } = row;
    const named = (offset: number, known: string): string => {
      const place = cells[LEAF_ROW.named + offset];
      return place === -1 ? known : this.#value('texts', place);
    };
    const texts: Partial<Record<(typeof METADATA_TEXTS)[number], string>> = {};
    let cell: number = LEAF_ROW.texts;
    for (const name of METADATA_TEXTS) texts[name] = this.#value('texts', cells[cell++]);
    const files: Partial<Record<(typeof METADATA_FILES)[number], string | null>> = {};
    for (const name of METADATA_FILES) {
      const place = cells[cell++];
      files[name] = place === -1 ? null : this.#value('texts', place);
    }
    const frameworks = cells[LEAF_ROW.frameworks];
    return {
      id: named(0, row.id),
      version: named(1, row.version),
      normalizedVersion: named(2, row.normalizedVersion),
      isPrerelease: (flags & FLAG.metadataPrerelease) !== 0,
      isSemVer2: (flags & FLAG.metadataSemVer2) !== 0,
      requireLicenseAcceptance: (flags & FLAG.licenseAcceptance) !== 0,
      developmentDependency: (flags & FLAG.development) !== 0,
      ...(texts as Record<(typeof METADATA_TEXTS)[number], string>),
      ...(files as Record<(typeof METADATA_FILES)[number], string | null>),
      tags: this.#value('tags', cells[LEAF_ROW.tags]),
      packageTypes: this.#value('types', cells[LEAF_ROW.types]),
      dependencyGroups: this.#value('dependencies', cells[LEAF_ROW.dependencies]),
      ...(frameworks === -1 ? {} : { supportedFrameworks: this.#value('tags', frameworks) }),
    };
  }

  #deprecation(place: unknown): Deprecation | null {
    return place === -1 ? null : this.#value('deprecations', place);
  }

  #vulnerabilities(place: unknown): readonly Vulnerability[] {
    return place === -1 ? NO_VULNERABILITIES : this.#value('vulnerabilities', place);
  }

  #value<K extends keyof LeafValues>(name: K, place: unknown): LeafValues[K][number] {
    const list: readonly LeafValues[K][number][] = this.#lists[name];
    const value = typeof place === 'number' ? list[place] : undefined;
    if (value === undefined) throw new LeafMalformedError(`a place that is none of ${name}`);
    return value;
  }
}

function olderIn(newest: SourceVersion, cells: Cells, start: number): SourceVersion {
  const version = textIn(cells, start);
  const normalizedVersion = textIn(cells, start + 1) || version;
  const older = olderVersion(newest, { version, normalizedVersion, downloads: countIn(cells, start + 2) });
  if (older === undefined) throw new LeafMalformedError('an older version that is none');
  return older;
}

function identityOf(cells: Cells, start: number, flags: number): Identity {
  const version = textIn(cells, start);
  const given = textIn(cells, start + 1);
  const normalizedVersion = given === '' ? version : given;
  const parsed = parseVersion(normalizedVersion);
  if (parsed === undefined) throw new LeafMalformedError('a version that is none');
  return {
    ...{ version, normalizedVersion, sortKey: versionSortKey(parsed), listed: (flags & FLAG.listed) !== 0 },
    ...{ isPrerelease: (flags & FLAG.prerelease) !== 0, isSemVer2: (flags & FLAG.semVer2) !== 0 },
  };
}

function textIn(cells: Cells, index: number): string {
  const cell = cells[index];
  if (typeof cell === 'string') return cell;
  throw new LeafMalformedError(`cell ${index} that is no text`);
}

function countIn(cells: Cells, index: number): number {
  const cell = cells[index];
  if (isWhole(cell)) return cell;
  throw new LeafMalformedError(`cell ${index} that is no count`);
}
