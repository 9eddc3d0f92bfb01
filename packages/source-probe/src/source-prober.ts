/**
 * Looks whether foreign sources lead back to this fleet by a way that loses the feed chain: new ones at once, all others from time to time.
 */
import type { Logger } from '@feedfleet/host';
import type { Clock, RegistryMirror, RegistryView } from '@feedfleet/registry-client';

import { ProbeSchedule } from './probe-schedule.ts';
import type { ForeignSource, ProbeResult } from './probe-schedule.ts';

export interface SourceProberOptions {
  readonly registry: Pick<RegistryMirror, 'current' | 'onChange'>;
  /** Must end when the signal aborts. */
  readonly probe: (source: ForeignSource, signal: AbortSignal) => Promise<ProbeResult>;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

const PROBES_AT_A_TIME = 4;
/** For one probe with its report, in milliseconds. */
const PROBE_TIMEOUT_MS = 60_000;
/** A round without anything to do; changes of the registry and ends of probes wake it up. */
const LONGEST_REST_MS = 600_000;

export class SourceProber {
  readonly #options: SourceProberOptions;
  readonly #schedule: ProbeSchedule;
  readonly #end = new AbortController();
  readonly #probes = new Map<string, Promise<void>>();
  #wake = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: SourceProberOptions) {
    this.#options = options;
    this.#schedule = new ProbeSchedule(options.random);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Breaks off the probes under way. Idempotent. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
    await Promise.all(this.#probes.values());
  }

  async #run(): Promise<void> {
    const { registry, clock } = this.#options;
    const forget = registry.onChange(() => this.#wake.abort());
    while (!this.#end.signal.aborted) {
      this.#wake = new AbortController();
      this.#begin(registry.current());
      const signal = AbortSignal.any([this.#end.signal, this.#wake.signal]);
      await clock.sleep(this.#restMs(), signal).catch(() => undefined);
    }
    forget();
  }

  #begin(view: RegistryView): void {
    this.#schedule.follow(view, this.#options.clock.now());
    for (const source of this.#schedule.due(this.#options.clock.now())) {
      if (this.#probes.size >= PROBES_AT_A_TIME) return;
      if (this.#probes.has(source.id)) continue;
      const probe = this.#probe(source).finally(() => {
        this.#probes.delete(source.id);
        this.#wake.abort();
      });
      this.#probes.set(source.id, probe);
    }
  }

  /** Those that are due and could not begin wait for the end of others. */
  #restMs(): number {
    if (this.#probes.size >= PROBES_AT_A_TIME) return LONGEST_REST_MS;
    const nextAt = this.#schedule.nextAt((id) => !this.#probes.has(id));
    return Math.min(LONGEST_REST_MS, Math.max(0, nextAt - this.#options.clock.now()));
  }

  /** Never rejects. */
  async #probe(source: ForeignSource): Promise<void> {
    const { clock, log } = this.#options;
    const signal = AbortSignal.any([this.#end.signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]);
    try {
      const result = await this.#options.probe(source, signal);
      this.#schedule.done(source, result, clock.now());
      if (result === 'clear' && source.loop?.state !== 'clear') log.info('source is clear', { 'source.id': source.id });
    } catch (error) {
      this.#schedule.done(source, 'unknown', clock.now());
      if (!this.#end.signal.aborted) log.warn('source probe failed', { ...reasonOf(error), 'source.id': source.id });
    }
  }
}

function reasonOf(error: unknown): { readonly 'error.message': string } {
  return { 'error.message': error instanceof Error ? error.message : String(error) };
}
