/** Writes the document of a leaf, row by row. */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { SourceHit, SourceVersion } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';

import { FLAG, LEAF_FORMAT, MAX_LEAF_BYTES, METADATA_FILES, METADATA_TEXTS, VALUE_NAMES } from './leaf-format.ts';
import type { LeafHead, LeafValues } from './leaf-format.ts';

/** Rows and characters of a chunk: reading one takes a millisecond. */
const ROWS_PER_CHUNK = 256;
const CHARACTERS_PER_CHUNK = 64 * 1024;

/** A list of values, each once. */
class Places<T> {
  readonly #places = new Map<string, number>();
  #fresh: T[] = [];

  /** @param key - the same for equal values. */
  of(key: string, value: T): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(key, place);
    this.#fresh.push(value);
    return place;
  }

  /** Those that came since the last call. */
  take(): readonly T[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}

type Lists = { readonly [K in keyof LeafValues]: Places<LeafValues[K][number]> };

export class LeafWriter {
  readonly #lists: Lists = {
    texts: new Places(),
    tags: new Places(),
    types: new Places(),
    dependencies: new Places(),
    deprecations: new Places(),
    vulnerabilities: new Places(),
  };
  readonly #lines: string[] = [];
  #rows: unknown[] = [];
  #count = 0;
  #characters = 0;
  #fresh = 0;

  /** @throws {ProblemError} `FF_UNAVAILABLE` past `MAX_LEAF_BYTES`, of each. */
  addVersion(version: SourceVersion): void {
    this.#add(this.#row(version));
  }

  addHit({ versions }: SourceHit): void {
    const newest = versions.at(-1);
    if (newest === undefined) return;
    const older = versions.slice(0, -1).flatMap((each) => {
      return [each.version, namedIn(each.normalizedVersion, each.version), each.downloads];
    });
    this.#fresh += 32 * versions.length;
    this.#add([this.#row(newest), ...older]);
  }

  addId(id: string): void {
    this.#fresh += id.length;
    this.#add(id);
  }

  /** The whole document. */
  finish(head: Pick<LeafHead, 'kind'> & Partial<LeafHead>): Buffer {
    this.#flush();
    const first: LeafHead = {
      format: LEAF_FORMAT,
      total: null,
      hasMore: false,
      detail: '',
      ...head,
      rows: this.#count,
    };
    const document = Buffer.from(`${JSON.stringify(first)}\n${this.#lines.join('')}`);
    if (document.length > MAX_LEAF_BYTES) throw tooLarge();
    return document;
  }

  #add(row: unknown): void {
    this.#rows.push(row);
    this.#count += 1;
    if (this.#rows.length >= ROWS_PER_CHUNK || this.#fresh >= CHARACTERS_PER_CHUNK) this.#flush();
  }

  #flush(): void {
    if (this.#rows.length === 0) return;
    const chunk: Record<string, unknown> = {};
    for (const name of VALUE_NAMES) {
      const fresh: readonly unknown[] = this.#lists[name].take();
      if (fresh.length > 0) chunk[name] = fresh;
    }
    const line = `${JSON.stringify({ ...chunk, rows: this.#rows })}\n`;
    this.#lines.push(line);
    this.#characters += line.length;
    this.#rows = [];
    this.#fresh = 0;
    if (this.#characters > MAX_LEAF_BYTES) throw tooLarge();
  }

  /** The cells of `LEAF_ROW`. */
  #row(version: SourceVersion): readonly unknown[] {
    const { metadata, created, lastEdited, deprecation, vulnerabilities } = version;
    this.#fresh += 256;
    return [
      this.#text(version.id),
      version.version,
      namedIn(version.normalizedVersion, version.version),
      flagsOf(version) | metadataFlags(metadata) | (version.isIncomplete === true ? FLAG.incomplete : 0),
      created,
      lastEdited === created ? '=' : lastEdited,
      version.downloads,
      version.totalDownloads,
      version.sizeBytes,
      version.sha512,
      metadata.id === version.id ? -1 : this.#text(metadata.id),
      metadata.version === version.version ? -1 : this.#text(metadata.version),
      metadata.normalizedVersion === version.normalizedVersion ? -1 : this.#text(metadata.normalizedVersion),
      ...METADATA_TEXTS.map((name) => this.#text(metadata[name])),
      ...METADATA_FILES.map((name) => this.#file(metadata[name])),
      this.#value('tags', metadata.tags),
      this.#value('types', metadata.packageTypes),
      this.#value('dependencies', metadata.dependencyGroups),
      metadata.supportedFrameworks === undefined ? -1 : this.#value('tags', metadata.supportedFrameworks),
      deprecation === null ? -1 : this.#value('deprecations', deprecation),
      vulnerabilities.length === 0 ? -1 : this.#value('vulnerabilities', vulnerabilities),
    ];
  }

  #text(text: string): number {
    const before = this.#lists.texts;
    this.#fresh += text.length;
    return before.of(text, text);
  }

  #file(path: string | null): number {
    return path === null ? -1 : this.#text(path);
  }

  #value<K extends Exclude<keyof LeafValues, 'texts'>>(name: K, value: LeafValues[K][number]): number {
    const key = JSON.stringify(value);
    this.#fresh += key.length;
    const list: { of(key: string, value: LeafValues[K][number]): number } = this.#lists[name];
    return list.of(key, value);
  }
}

function namedIn(text: string, other: string): string {
  return text === other ? '' : text;
}

function flagsOf({ listed, isPrerelease, isSemVer2 }: SourceVersion): number {
  return (listed ? FLAG.listed : 0) | (isPrerelease ? FLAG.prerelease : 0) | (isSemVer2 ? FLAG.semVer2 : 0);
}

function metadataFlags(metadata: PackageMetadata): number {
  const { isPrerelease, isSemVer2, requireLicenseAcceptance, developmentDependency } = metadata;
  return (
    (isPrerelease ? FLAG.metadataPrerelease : 0) |
    (isSemVer2 ? FLAG.metadataSemVer2 : 0) |
    (requireLicenseAcceptance ? FLAG.licenseAcceptance : 0) |
    (developmentDependency ? FLAG.development : 0)
  );
}

function tooLarge(): ProblemError {
  return new ProblemError('unavailable', {
    detail: `the answer is larger than the ${MAX_LEAF_BYTES} bytes that one feed tells another at once`,
  });
}
