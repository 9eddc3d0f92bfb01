/** The foreign sources of a process: one client for each that is told apart by address and credential, over one memory. */
import type { ForeignContext } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { foreignSource, KeptAnswers, keptSource } from '@feedfleet/package-sources';
import type { PackageSource, SourceSecrets } from '@feedfleet/package-sources';
import type { Source } from '@feedfleet/registry-client';
import { createSourceHttp, proxyFromEnvironment } from '@feedfleet/source-http';
import type { OwnAddress, SourceHttp } from '@feedfleet/source-http';
import { Mirror } from '@feedfleet/source-mirror';
import type { MirrorOptions } from '@feedfleet/source-mirror';

import { copiedOrigin } from './copied-origin.ts';

export interface ForeignSourcesOptions {
  readonly secrets: SourceSecrets;
  /** Bound of what is remembered of all of them, in bytes. */
  readonly maxBytes: number;
  /** Where packages of sources in the mode `mirror` are kept. */
  readonly mirror: Pick<MirrorOptions, 'copies' | 'blobs' | 'owner' | 'maxBytes'>;
  readonly ownAddresses: () => readonly OwnAddress[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly metrics: Metrics;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** A larger package is passed on and not kept. */
const MAX_MIRRORED_BYTES = 1024 ** 3;
/** Feeds that share a source give it time of their own, by each question; the client sets no limit below the longest of these. */
const LONGEST_TIMEOUT_MS = 60_000;
/** Sources that are remembered; with one more, the one that was made first is forgotten. */
const MAX_SOURCES = 1000;

export class ForeignSources {
  readonly #options: ForeignSourcesOptions;
  readonly #http: SourceHttp;
  readonly #answers: KeptAnswers;
  readonly #mirror: Mirror;
  readonly #sources = new Map<string, PackageSource>();

  constructor(options: ForeignSourcesOptions) {
    const { ownAddresses, environment, metrics, maxBytes, mirror, log } = options;
    this.#options = options;
    this.#http = createSourceHttp({ ownAddresses, metrics, proxyFor: proxyFromEnvironment(environment) });
    this.#answers = new KeptAnswers({
      ...{ maxBytes, now: () => performance.now(), random: Math.random },
      onFault: (error) => log.error('package source failed', error),
    });
    this.#mirror = new Mirror({
      ...{ ...mirror, maxPackageBytes: MAX_MIRRORED_BYTES, now: Date.now },
      onFault: (error) => log.error('nothing was kept of a package source', error),
    });
  }

  /** @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when its credential cannot be read. */
  of({ key, edge, edges }: Pick<ForeignContext, 'key' | 'edge' | 'edges'>): PackageSource {
    const { freshMs, staleMs, timeoutMs } = edge;
    // The credential counts each time: what is remembered is for those who have it.
    const source = this.#sources.get(key) ?? this.#open(key, edge);
    const kept = keptSource(source, { answers: this.#answers, key, freshMs, staleMs, timeoutMs });
    // Of several feeds with the source, one that mirrors it does so for all.
    const mirrored = [edge, ...edges].find(({ mode }) => mode === 'mirror');
    if (mirrored?.target.kind !== 'foreign') return kept;
    const { id: sourceId, feed: feedId } = mirrored;
    const copied = { feedId, sourceId, origin: copiedOrigin(mirrored) };
    return this.#mirror.of(kept, copied, { staleMs: mirrored.staleMs });
  }

  async close(): Promise<void> {
    await this.#mirror.close();
    this.#http.close();
  }

  #open(key: string, edge: Source): PackageSource {
    const { memory, now } = this.#answers;
    const { secrets } = this.#options;
    const source = foreignSource(
      { ...edge, timeoutMs: LONGEST_TIMEOUT_MS },
      { http: this.#http, secrets, key, memory, now },
    );
    const [oldest] = this.#sources.size >= MAX_SOURCES ? this.#sources.keys() : [];
    if (oldest !== undefined) this.#sources.delete(oldest);
    this.#sources.set(key, source);
    return source;
  }
}
