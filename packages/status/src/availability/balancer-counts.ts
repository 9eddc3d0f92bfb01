/**
 * What a balancer has counted of its clients since it started, read from its metrics, and what came on top since the last look.
 *
 * A counter that begins anew with its process is no loss: what it shows then has come since.
 *
 * Source: Prometheus, "Exposition formats", text format; "Querying functions", `increase`, counter resets.
 */

/** Good answers and all, of one family. */
interface Counts {
  readonly good: number;
  readonly all: number;
}

export interface BalancerCounts {
  /** Tells one run of the process from the next. */
  readonly startedAt: number;
  readonly families: Readonly<Record<string, Counts>>;
}

const STARTED = 'process_start_time_seconds';
const SERIES = /^([a-z_]+)(?:\{([^}]*)\})? ([0-9.e+]+)$/;
/** Families that the page can show. */
const MOST_FAMILIES = 64;

/** Requests by family. */
class Tally {
  readonly #sums = new Map<string, { all: number; failed: number }>();

  /** @param value - less than nought takes off. */
  add(family: string, kind: 'all' | 'failed', value: number): void {
    const sums = this.#sums.get(family) ?? { all: 0, failed: 0 };
    if (!this.#sums.has(family) && this.#sums.size >= MOST_FAMILIES) return;
    sums[kind] += value;
    this.#sums.set(family, sums);
  }

  families(): BalancerCounts['families'] {
    const counts = [...this.#sums].filter(([, { all }]) => all > 0);
    return Object.fromEntries(
      counts.map(([family, { all, failed }]) => [family, { good: Math.max(all - Math.max(failed, 0), 0), all }]),
    );
  }
}

/** Probes of observers are among the requests, and are taken off: they are looks, and no clients. */
const COUNTED: ReadonlyMap<string, { readonly kind: 'all' | 'failed'; readonly sign: 1 | -1 }> = new Map([
  ['feedfleet_balancer_requests_total', { kind: 'all', sign: 1 }],
  ['feedfleet_balancer_failed_requests_total', { kind: 'failed', sign: 1 }],
  ['feedfleet_balancer_probe_requests_total', { kind: 'all', sign: -1 }],
  ['feedfleet_balancer_failed_probe_requests_total', { kind: 'failed', sign: -1 }],
]);

/** @param text - in the Prometheus text format. @returns `undefined` for what is no balancer's. */
export function readCounts(text: string): BalancerCounts | undefined {
  const tally = new Tally();
  let startedAt: number | undefined;
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = SERIES.exec(line) ?? [];
    if (name === STARTED) startedAt = Number(value);
    const counted = COUNTED.get(name);
    const family = labelOf(labels, 'family');
    if (counted === undefined || family === undefined || family === 'none') continue;
    if (!isByClient(labelOf(labels, 'outcome'))) tally.add(family, counted.kind, counted.sign * Number(value));
  }
  return startedAt === undefined ? undefined : { startedAt, families: tally.families() };
}

/** @returns what was counted between the two, by family; families of which there is nothing new are left out. */
export function increase(before: BalancerCounts, now: BalancerCounts): BalancerCounts['families'] {
  const isSameRun = before.startedAt === now.startedAt;
  const grown = Object.entries(now.families).flatMap(([family, { good, all }]) => {
    const former = (isSameRun ? before.families[family] : undefined) ?? { good: 0, all: 0 };
    const hasReset = all < former.all || good < former.good;
    const more = hasReset ? { good, all } : { good: good - former.good, all: all - former.all };
    return more.all > 0 ? [[family, more] as const] : [];
  });
  return Object.fromEntries(grown);
}

/** Neither an answer nor the lack of one: the client went away, or asked for what no route has. */
function isByClient(outcome: string | undefined): boolean {
  return (
    outcome !== undefined &&
    /^(?:client_|body_too_large$|framing_refused$|malformed$|not_found$|method_not_allowed$|uri_too_long$)/.test(
      outcome,
    )
  );
}

function labelOf(labels: string, name: string): string | undefined {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1];
}

/**
 * What to take a balancer to have counted before it was first looked at. One that began after the watch did has counted nothing
 * that the watch has not to answer for; what an older one has counted may be of any month, so it counts in none.
 *
 * @param watchesSince - milliseconds since the epoch.
 */
export function countsBeforeFirstLook(counts: BalancerCounts, watchesSince: number): BalancerCounts {
  return counts.startedAt * 1_000 >= watchesSince ? { ...counts, families: {} } : counts;
}
