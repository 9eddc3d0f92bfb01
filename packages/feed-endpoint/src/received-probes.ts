/**
 * Probes of this fleet that come in at one of its feeds: the source that was asked leads back here. With its feed chain that does no
 * harm; without it the source is reported, and only then the probe is answered, so that whoever sent it takes no answer for a good sign.
 */
import { readFeedChain, readProbe } from '@feedfleet/feedchain';
import type { FleetChain } from '@feedfleet/feedchain';
import type { Logger } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { FeedDirectory, Source, SourcesApi } from '@feedfleet/registry-client';

export interface ReceivedProbesOptions {
  readonly directory: Pick<FeedDirectory, 'current'>;
  readonly fleet: FleetChain;
  readonly reports: Pick<SourcesApi, 'report'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Milliseconds since the epoch; the system's clock by default. */
  readonly now?: () => number;
}

export interface ReceivedProbe {
  /** What looks like one, as `findProbe` gives it. */
  readonly text: string;
  /** Name or alias of the feed that is asked. */
  readonly feedName: string;
  readonly rawHeaders: readonly string[];
}

const REPORT_TIMEOUT_MS = 5000;
/** Probes that are known to be reported; a source that repeats one is reported once. */
const MOST_REPORTED = 1000;

export class ReceivedProbes {
  readonly #options: ReceivedProbesOptions;
  readonly #reported = new Map<string, Promise<void>>();

  constructor(options: ReceivedProbesOptions) {
    this.#options = options;
  }

  /**
   * Decided by what was asked alone: whether the sender may read the feed does not matter.
   *
   * @returns whether it is a probe of this fleet, which nobody else is to be asked for.
   * @throws {ProblemError} `FF_UNAVAILABLE` when it could not be reported.
   */
  async receive({ text, feedName, rawHeaders }: ReceivedProbe): Promise<boolean> {
    const { directory, fleet, now = Date.now } = this.#options;
    const probe = readProbe(fleet, text);
    if (probe === undefined) return false;
    const view = directory.current();
    const targetFeedId = view.feedByName(feedName)?.id ?? '';
    const chain = readFeedChain(rawHeaders, { fleet, nowMs: now(), targetFeedId });
    const hasOwn = chain.outcome === 'chain' && chain.own.length > 0;
    // A chain that is too long was not taken out on the way.
    if (hasOwn || chain.outcome === 'tooLong' || chain.outcome === 'expired') return true;
    const source = view.sources.find(({ id }) => id.toLowerCase() === probe.sourceId);
    if (source?.target.kind === 'foreign') await this.#report(source, source.target.url, probe.nonce);
    return true;
  }

  async #report(source: Source, url: string, nonce: string): Promise<void> {
    const name = `${source.id}\n${nonce}`;
    const under = this.#reported.get(name) ?? this.#send(source, url, nonce);
    if (this.#reported.size >= MOST_REPORTED) this.#reported.clear();
    this.#reported.set(name, under);
    try {
      await under;
    } catch (error) {
      this.#reported.delete(name);
      const detail = 'that a package source leads back to this fleet could not be told to the registry';
      throw new ProblemError('unavailable', { detail, cause: error });
    }
  }

  async #send(source: Source, url: string, probe: string): Promise<void> {
    const fingerprint = source.credential?.fingerprint ?? null;
    const report = { source: source.id, url, fingerprint, state: 'caught' as const, probe };
    this.#options.log.warn('source leads back to this fleet without its feed chain', { 'source.id': source.id });
    await this.#options.reports.report({ reports: [report] }, AbortSignal.timeout(REPORT_TIMEOUT_MS));
  }
}
