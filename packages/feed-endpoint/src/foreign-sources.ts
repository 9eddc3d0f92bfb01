/** The foreign sources of a process: one client for each that is told apart by address and credential, over one memory. */
import type { ForeignContext } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { foreignSource, KeptAnswers, keptSource } from '@feedfleet/package-sources';
import type { PackageSource, SourceSecrets } from '@feedfleet/package-sources';
import type { Source } from '@feedfleet/registry-client';
import { createSourceHttp, proxyFromEnvironment } from '@feedfleet/source-http';
import type { OwnAddress, SourceHttp } from '@feedfleet/source-http';

export interface ForeignSourcesOptions {
  readonly secrets: SourceSecrets;
  /** Bound of what is remembered of all of them, in bytes. */
  readonly maxBytes: number;
  readonly ownAddresses: () => readonly OwnAddress[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly metrics: Metrics;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** Sources that are remembered; with one more, the one that was made first is forgotten. */
const MAX_SOURCES = 1000;

export class ForeignSources {
  readonly #options: ForeignSourcesOptions;
  readonly #http: SourceHttp;
  readonly #answers: KeptAnswers;
  readonly #sources = new Map<string, PackageSource>();

  constructor(options: ForeignSourcesOptions) {
    const { ownAddresses, environment, metrics, maxBytes, log } = options;
    this.#options = options;
    this.#http = createSourceHttp({ ownAddresses, metrics, proxyFor: proxyFromEnvironment(environment) });
    this.#answers = new KeptAnswers({
      ...{ maxBytes, now: () => performance.now(), random: Math.random },
      onFault: (error) => log.error('package source failed', error),
    });
  }

  /** @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when its credential cannot be read. */
  of({ key, edge }: Pick<ForeignContext, 'key' | 'edge'>): PackageSource {
    const { freshMs, staleMs, timeoutMs } = edge;
    // The credential counts each time: what is remembered is for those who have it.
    const source = this.#sources.get(key) ?? this.#open(key, edge);
    return keptSource(source, { answers: this.#answers, key, freshMs, staleMs, timeoutMs });
  }

  close(): void {
    this.#http.close();
  }

  #open(key: string, edge: Source): PackageSource {
    const { memory, now } = this.#answers;
    const { secrets } = this.#options;
    const source = foreignSource(edge, { http: this.#http, secrets, key, memory, now });
    const [oldest] = this.#sources.size >= MAX_SOURCES ? this.#sources.keys() : [];
    if (oldest !== undefined) this.#sources.delete(oldest);
    this.#sources.set(key, source);
    return source;
  }
}
