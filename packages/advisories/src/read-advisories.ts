/** From documents in any of the published formats to what a feed is told: all of it or, with every fault named, nothing. */
import { elementsOf, Faults, isObject } from './faults.ts';
import type { Place } from './faults.ts';
import { isOsvRecord, readOsvRecord } from './osv-record.ts';
import { checkIndex, fileNameOf, isIndex, readPage } from './vulnerability-page.ts';
import type { Severity, VulnerabilitiesById, Vulnerability } from './vulnerability.ts';

export interface AdvisoryDocument {
  /** Name of the file, as faults tell it. */
  readonly name: string;
  /** Parsed JSON: a page, an index, an OSV record, or an array of pages and records. */
  readonly content: unknown;
}

export interface ImportCounts {
  readonly documents: number;
  /** Advisories about NuGet packages, by URL. */
  readonly advisories: number;
  readonly packages: number;
  /** Ranges of versions, over all packages and advisories. */
  readonly vulnerabilities: number;
  /** Records that were taken back by who published them; they are left out. */
  readonly withdrawn: number;
  /** Records about packages that are not NuGet's; they are left out. */
  readonly otherEcosystems: number;
}

export interface AdvisoryImport {
  readonly byId: VulnerabilitiesById;
  readonly withdrawnUrls: readonly string[];
  readonly counts: ImportCounts;
}

const EXPECTED = 'a page of vulnerabilities by package id, an OSV record, or an array of these';

/**
 * Reads documents; those in a folder belong together.
 *
 * @param options.defaultSeverity - of OSV records that tell none; without it they are faults.
 * @throws ProblemError `FF_INVALID_REQUEST` with the first 20 faults, each as `file: path: expected ..., got ...`.
 * @example
 * readAdvisories([{ name: 'base.json', content: JSON.parse(text) }]).counts.packages; // 1
 */
export function readAdvisories(
  documents: readonly AdvisoryDocument[],
  options: { readonly defaultSeverity?: Severity } = {},
): AdvisoryImport {
  const reader = new AdvisoryReader(documents, options.defaultSeverity);
  for (const { name, content } of documents) reader.readDocument({ document: name, path: '', value: content });
  return reader.result();
}

class AdvisoryReader {
  readonly #faults = new Faults();
  readonly #documents: number;
  readonly #fileNames: ReadonlySet<string>;
  readonly #defaultSeverity: Severity | undefined;
  readonly #byId = new Map<string, Map<string, Vulnerability>>();
  readonly #withdrawnUrls = new Set<string>();
  #withdrawn = 0;
  #otherEcosystems = 0;

  constructor(documents: readonly AdvisoryDocument[], defaultSeverity: Severity | undefined) {
    this.#documents = documents.length;
    this.#fileNames = new Set(documents.map(({ name }) => fileNameOf(name)));
    this.#defaultSeverity = defaultSeverity;
  }

  readDocument(place: Place): void {
    if (!Array.isArray(place.value)) this.#readObject(place);
    else if (isIndex(place.value)) checkIndex(place, this.#faults, this.#fileNames);
    else for (const element of elementsOf(place, this.#faults)) this.#readObject(element);
  }

  result(): AdvisoryImport {
    this.#faults.throwIfAny();
    const byId = new Map([...this.#byId].map(([id, found]) => [id, [...found.values()]]));
    const all = [...byId.values()].flat();
    const counts = {
      documents: this.#documents,
      advisories: new Set(all.map(({ url }) => url)).size,
      packages: byId.size,
      vulnerabilities: all.length,
      withdrawn: this.#withdrawn,
      otherEcosystems: this.#otherEcosystems,
    };
    return { byId, withdrawnUrls: [...this.#withdrawnUrls], counts };
  }

  #readObject(place: Place): void {
    if (!isObject(place.value)) this.#faults.add(place, EXPECTED);
    else if (isOsvRecord(place.value)) this.#readRecord(place);
    else readPage(place, this.#faults, this.#found);
  }

  #readRecord(place: Place): void {
    const read = readOsvRecord(place, {
      faults: this.#faults,
      defaultSeverity: this.#defaultSeverity,
      found: this.#found,
    });
    switch (read.outcome) {
      case 'read':
        return;
      case 'otherEcosystem':
        this.#otherEcosystems += 1;
        return;
      case 'withdrawn':
        this.#withdrawn += 1;
        if (read.url !== undefined) this.#withdrawnUrls.add(read.url);
    }
  }

  readonly #found = (id: string, vulnerability: Vulnerability): void => {
    const ofId = this.#byId.get(id) ?? new Map<string, Vulnerability>();
    ofId.set(JSON.stringify(vulnerability), vulnerability);
    this.#byId.set(id, ofId);
  };
}
