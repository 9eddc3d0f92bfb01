/**
 * What a balancer has counted since it started, read from its metrics, and what came on top since the last look.
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

const REQUESTS = 'feedfleet_balancer_requests_total';
const FAILED = 'feedfleet_balancer_failed_requests_total';
const STARTED = 'process_start_time_seconds';
const SERIES = /^([a-z_]+)(?:\{([^}]*)\})? ([0-9.e+]+)$/;
/** Families that the page can show. */
const MOST_FAMILIES = 64;

/** @param text - in the Prometheus text format. @returns `undefined` for what is no balancer's. */
export function readCounts(text: string): BalancerCounts | undefined {
  const all = new Map<string, number>();
  const failed = new Map<string, number>();
  let startedAt: number | undefined;
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = SERIES.exec(line) ?? [];
    if (name === STARTED) startedAt = Number(value);
    if (name !== REQUESTS && name !== FAILED) continue;
    const family = labelOf(labels, 'family');
    if (family === undefined || family === 'none' || isByClient(labelOf(labels, 'outcome'))) continue;
    const counts = name === REQUESTS ? all : failed;
    if (!counts.has(family) && counts.size >= MOST_FAMILIES) continue;
    counts.set(family, (counts.get(family) ?? 0) + Number(value));
  }
  if (startedAt === undefined) return undefined;
  const families = [...all].map(([family, count]) => [
    family,
    { good: Math.max(count - (failed.get(family) ?? 0), 0), all: count },
  ]);
  return { startedAt, families: Object.fromEntries(families) as BalancerCounts['families'] };
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
