/** From documents in any of the published formats to what a feed is told: all of it or, with every fault named, nothing. */
import { ProblemError } from '@feedfleet/problems';

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

/** How long others wait at most while records are read, as long as no single one is longer. */
const TURN_MS = 5;
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
  for (const read of reader.steps()) read();
  return reader.result();
}

/**
 * As `readAdvisories`, for a process that has others to serve.
 *
 * @param pause - waited for between records, now and then.
 * @throws also ProblemError `FF_BODY_TOO_LARGE` for more vulnerabilities than `maxVulnerabilities`, as soon as they are found.
 */
export async function readAdvisoriesInTurns(
  documents: readonly AdvisoryDocument[],
  options: {
    readonly defaultSeverity?: Severity;
    readonly maxVulnerabilities: number;
    readonly pause: () => Promise<void>;
  },
): Promise<AdvisoryImport> {
  const reader = new AdvisoryReader(documents, options.defaultSeverity, options.maxVulnerabilities);
  let turnEnds = performance.now() + TURN_MS;
  for (const read of reader.steps()) {
    read();
    if (performance.now() < turnEnds) continue;
    await options.pause();
    turnEnds = performance.now() + TURN_MS;
  }
  return reader.result();
}

class AdvisoryReader {
  readonly #faults = new Faults();
  readonly #documents: readonly AdvisoryDocument[];
  readonly #maxVulnerabilities: number;
  readonly #fileNames: ReadonlySet<string>;
  readonly #defaultSeverity: Severity | undefined;
  readonly #byId = new Map<string, Map<string, Vulnerability>>();
  readonly #withdrawnUrls = new Set<string>();
  #withdrawn = 0;
  #otherEcosystems = 0;

  #vulnerabilities = 0;

  constructor(
    documents: readonly AdvisoryDocument[],
    defaultSeverity: Severity | undefined,
    maxVulnerabilities = Number.POSITIVE_INFINITY,
  ) {
    this.#documents = documents;
    this.#maxVulnerabilities = maxVulnerabilities;
    this.#fileNames = new Set(documents.map(({ name }) => fileNameOf(name)));
    this.#defaultSeverity = defaultSeverity;
  }

  /** Reads a record, or a document that is none of records, at each call. */
  *steps(): Generator<() => void> {
    for (const { name, content } of this.#documents) {
      const place: Place = { document: name, path: '', value: content };
      if (!Array.isArray(content)) yield () => this.#readObject(place);
      else if (isIndex(content)) yield () => checkIndex(place, this.#faults, this.#fileNames);
      else
        for (const element of elementsOf(place, this.#faults, Number.POSITIVE_INFINITY))
          yield () => this.#readObject(element);
    }
  }

  result(): AdvisoryImport {
    this.#faults.throwIfAny();
    const byId = new Map([...this.#byId].map(([id, found]) => [id, [...found.values()]]));
    const all = [...byId.values()].flat();
    const counts = {
      documents: this.#documents.length,
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
    this.#vulnerabilities -= ofId.size;
    ofId.set(JSON.stringify(vulnerability), vulnerability);
    this.#vulnerabilities += ofId.size;
    this.#byId.set(id, ofId);
    if (this.#vulnerabilities > this.#maxVulnerabilities) {
      const detail = `a source has at most ${this.#maxVulnerabilities} vulnerabilities; nothing was changed`;
      throw new ProblemError('bodyTooLarge', { detail });
    }
  };
}
