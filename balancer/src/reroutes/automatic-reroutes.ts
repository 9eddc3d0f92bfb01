/**
 * Reroutes that the balancer decides on itself, for families that name one that may take over (`autoRerouteTo`).
 *
 * A family breaks its objective when it fails a large share of its requests now and has for long enough to matter: two windows, so that
 * neither a blip nor a memory of one moves traffic. Then all of it is rerouted for a while that grows with every relapse; after that a
 * share is let through as a probe, and only when the probe went well the family has its requests back. Overload is no reason: it
 * would follow the requests. Pure but for what it is given.
 *
 * Source: Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
 */
import type { Gauge, Logger, Metrics } from '@feedfleet/host';
import type { Family, RegistryView, Reroute } from '@feedfleet/registry-client';

interface RerouteEvidence {
  /** Of the last seconds. */
  recent(family: string, seconds: number): { readonly requests: number; readonly failures: number };
  /** Since the start. */
  total(family: string): { readonly requests: number; readonly failures: number };
}

export interface AutomaticReroutesOptions {
  readonly evidence: RerouteEvidence;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

type RerouteFleet = Pick<RegistryView, 'families' | 'familyById' | 'instancesOf'>;

const SHORT_WINDOW = { seconds: 10, failureShare: 0.2, leastRequests: 20 } as const;
const LONG_WINDOW = { seconds: 60, failureShare: 0.05, leastRequests: 20 } as const;
/** How often in a row a family has to be found broken. */
const BROKEN_TIMES = 5;
const FIRST_HOLD_MS = 30_000;
const MAX_HOLD_MS = 300_000;
const PROBE_PERCENT = 10;
const PROBE_MS = 10_000;
const PROBE_REQUESTS = 10;
/** A probe with more than this share of failures has failed. */
const PROBE_FAILURE_SHARE = 0.02;
/** Once a family has been well for so long, the next reroute holds as short as the first. */
const FORGIVEN_AFTER_MS = 600_000;

interface Rerouted {
  readonly to: string;
  readonly holdMs: number;
  readonly createdAt: string;
  phase: 'holding' | 'probing';
  /** Since when it is in its phase. */
  since: number;
  /** What was counted when the probe began. */
  before: { readonly requests: number; readonly failures: number };
}

export class AutomaticReroutes {
  readonly #options: AutomaticReroutesOptions;
  readonly #rerouted = new Map<string, Rerouted>();
  readonly #lastHolds = new Map<string, { readonly holdMs: number; readonly endedAt: number }>();
  readonly #brokenTimes = new Map<string, number>();
  readonly #active: Gauge;
  #reroutes: readonly Reroute[] = [];

  constructor(options: AutomaticReroutesOptions) {
    this.#options = options;
    this.#active = options.metrics.gauge({
      name: 'feedfleet_balancer_automatic_reroute_percent',
      help: 'Share of a family that the balancer has rerouted by itself, in percent.',
      labels: ['family'],
    });
  }

  /** The same array until one begins, ends or changes its share. */
  get all(): readonly Reroute[] {
    return this.#reroutes;
  }

  /** To be called about once a second. */
  judge(fleet: RerouteFleet): void {
    let hasChanged = false;
    for (const family of fleet.families) hasChanged = this.#judge(fleet, family) || hasChanged;
    for (const id of this.#rerouted.keys()) {
      if (fleet.familyById(id) !== undefined) continue;
      this.#rerouted.delete(id);
      hasChanged = true;
    }
    if (hasChanged) this.#reroutes = this.#list();
  }

  /** @returns whether anything has changed. */
  #judge(fleet: RerouteFleet, { id, balancing: { autoRerouteTo } }: Family): boolean {
    const rerouted = this.#rerouted.get(id);
    if (rerouted === undefined) {
      if (autoRerouteTo === null || !this.#isBrokenForLong(id) || !this.#canTakeOver(fleet, autoRerouteTo))
        return false;
      return this.#begin(id, autoRerouteTo);
    }
    if (autoRerouteTo !== rerouted.to) return this.#end(id, rerouted, 'it is not wanted any more');
    return rerouted.phase === 'holding' ? this.#hold(id, rerouted) : this.#probe(id, rerouted);
  }

  /** Whether it has been broken each time that it was looked at lately: a process that restarts takes a second or two. */
  #isBrokenForLong(family: string): boolean {
    const times = this.#isBroken(family) ? (this.#brokenTimes.get(family) ?? 0) + 1 : 0;
    this.#brokenTimes.set(family, times);
    return times >= BROKEN_TIMES;
  }

  #isBroken(family: string): boolean {
    return [SHORT_WINDOW, LONG_WINDOW].every(({ seconds, failureShare, leastRequests }) => {
      const { requests, failures } = this.#options.evidence.recent(family, seconds);
      return requests >= leastRequests && failures >= requests * failureShare;
    });
  }

  #canTakeOver(fleet: RerouteFleet, to: string): boolean {
    return fleet.instancesOf(to).length > 0 && !this.#rerouted.has(to) && !this.#isBroken(to);
  }

  #begin(id: string, to: string): boolean {
    const now = this.#options.wallClock();
    const last = this.#lastHolds.get(id);
    const isRelapse = last !== undefined && now - last.endedAt < FORGIVEN_AFTER_MS;
    const holdMs = isRelapse ? Math.min(MAX_HOLD_MS, last.holdMs * 2) : FIRST_HOLD_MS;
    this.#reroute(id, to, holdMs);
    const fields = { 'feedfleet.family': id, 'feedfleet.served_by': to, hold_ms: holdMs };
    this.#options.log.warn('family rerouted by itself: it fails too many requests', fields);
    return true;
  }

  #reroute(id: string, to: string, holdMs: number): void {
    const now = this.#options.wallClock();
    const before = this.#options.evidence.total(id);
    const createdAt = new Date(now).toISOString();
    this.#rerouted.set(id, { to, holdMs, createdAt, phase: 'holding', since: now, before });
    this.#active.set(100, { family: id });
  }

  #hold(id: string, rerouted: Rerouted): boolean {
    const now = this.#options.wallClock();
    if (now - rerouted.since < rerouted.holdMs) return false;
    rerouted.phase = 'probing';
    rerouted.since = now;
    rerouted.before = this.#options.evidence.total(id);
    this.#active.set(100 - PROBE_PERCENT, { family: id });
    return true;
  }

  #probe(id: string, rerouted: Rerouted): boolean {
    const { requests, failures } = this.#options.evidence.total(id);
    const asked = requests - rerouted.before.requests;
    const failed = failures - rerouted.before.failures;
    const isEnough = asked >= PROBE_REQUESTS && this.#options.wallClock() - rerouted.since >= PROBE_MS;
    if (failed > Math.max(asked, PROBE_REQUESTS) * PROBE_FAILURE_SHARE) {
      this.#reroute(id, rerouted.to, Math.min(MAX_HOLD_MS, rerouted.holdMs * 2));
      this.#options.log.info('family stays rerouted: its probe failed', { 'feedfleet.family': id });
      return true;
    }
    return isEnough && this.#end(id, rerouted, 'its probe went well');
  }

  #end(id: string, { holdMs, to }: Rerouted, why: string): boolean {
    this.#rerouted.delete(id);
    this.#brokenTimes.delete(id);
    this.#lastHolds.set(id, { holdMs, endedAt: this.#options.wallClock() });
    this.#active.set(0, { family: id });
    const fields = { 'feedfleet.family': id, 'feedfleet.served_by': to, reason: why };
    this.#options.log.warn('family has its requests back', fields);
    return true;
  }

  #list(): readonly Reroute[] {
    return [...this.#rerouted].map(([family, { to, phase, createdAt }]) => ({
      ...{ id: `automatic-${family}`.slice(0, 64), family, to, feed: null },
      percent: phase === 'holding' ? 100 : 100 - PROBE_PERCENT,
      ...{ reason: 'it fails too many requests', until: null, createdAt, actor: 'balancer' },
    }));
  }
}
