/** Versions of one feed of the own store, chunk by chunk, with what is known of them. */
import type { SourceVersion } from '@feedfleet/package-sources';
import { KnownAdvisories } from '@feedfleet/store';
import type { AdvisoryStore, MetadataStore, ScanPosition, ScannedVersion, StoredVersion } from '@feedfleet/store';
import type { BlobStore, VersionScan, VersionSource } from '@feedfleet/store';

import type { Slices } from './slices.ts';
import { sourceVersionOf } from './stored-source-version.ts';

/** What is read of the store. */
export interface StorePorts {
  readonly metadata: Pick<MetadataStore, 'revisionOf' | 'version' | 'search' | 'completeIds'>;
  readonly versionScan: Pick<VersionScan, 'scan'>;
  readonly advisories: Pick<AdvisoryStore, 'advisoriesOf'>;
  readonly blobs: Pick<BlobStore, 'open'>;
}

/** Rows of one read: a few milliseconds. */
const ROWS_PER_CHUNK = 128;

export class StoreRows {
  readonly #ports: StorePorts;
  readonly #feedId: string;
  readonly #signal: AbortSignal;
  readonly #slices: Slices;

  constructor(
    ports: StorePorts,
    { feedId, signal, slices }: { readonly feedId: string; readonly signal: AbortSignal; readonly slices: Slices },
  ) {
    this.#ports = ports;
    this.#feedId = feedId;
    this.#signal = signal;
    this.#slices = slices;
  }

  /** All versions of the ids, ascending; by id in lower case. Ids without versions are left out. */
  async byId(ids: readonly string[]): Promise<ReadonlyMap<string, readonly SourceVersion[]>> {
    const found = new Map<string, SourceVersion[]>();
    const named = [...new Set(ids)].toSorted();
    const source = { order: 'id', descending: false, newestFirst: false, versions: { kind: 'all' } } as const;
    for await (const rows of this.chunks({ ...source, ids: { kind: 'named', ids: named } })) {
      for (const version of await this.told(rows)) {
        const key = version.id.toLowerCase();
        const known = found.get(key);
        if (known === undefined) found.set(key, [version]);
        else known.push(version);
      }
    }
    return found;
  }

  async *chunks(source: VersionSource): AsyncGenerator<readonly ScannedVersion[]> {
    let after: ScanPosition | null = null;
    do {
      const page = { after, limit: ROWS_PER_CHUNK };
      const { rows, next } = await this.#ports.versionScan.scan(this.#feedId, source, page, { signal: this.#signal });
      yield rows;
      after = next;
      if (this.#slices.isDue()) await this.#slices.turn();
    } while (after !== null);
  }

  /** Rows as a source tells them. */
  async told(rows: readonly StoredVersion[]): Promise<readonly SourceVersion[]> {
    const advisories = await KnownAdvisories.of(this.#ports.advisories, this.#feedId, rows);
    return rows.map((row) => sourceVersionOf(row, advisories));
  }
}
