/**
 * Burn rates: how fast an endpoint family uses up the failures that its objective allows for 30 days. A rule looks through two windows:
 * the long one says that it matters, the short one that it still goes on.
 *
 * Source: Google, "The Site Reliability Workbook", chapter 5, "Alerting on SLOs", method 6, table 5-8. The slowest two windows are
 * those of its text for tickets.
 */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export type Severity = 'page' | 'ticket';

export interface BurnRule {
  readonly id: 'fast' | 'sustained' | 'slow' | 'creeping';
  readonly severity: Severity;
  /** Times the even use of the budget. */
  readonly rate: number;
  readonly longMs: number;
  readonly shortMs: number;
}

/** Worst first. */
export const BURN_RULES: readonly BurnRule[] = [
  { id: 'fast', severity: 'page', rate: 14.4, longMs: HOUR_MS, shortMs: 5 * MINUTE_MS },
  { id: 'sustained', severity: 'page', rate: 6, longMs: 6 * HOUR_MS, shortMs: 30 * MINUTE_MS },
  { id: 'slow', severity: 'ticket', rate: 3, longMs: DAY_MS, shortMs: 2 * HOUR_MS },
  { id: 'creeping', severity: 'ticket', rate: 1, longMs: 3 * DAY_MS, shortMs: 6 * HOUR_MS },
];

/** The share of looks or requests that has to be good, over 30 days: what Prometheus judges by, and the default of the status process. */
export const DEFAULT_OBJECTIVE = 0.999;

/** A rule is silent below as many failures in its long window: a young or quiet series would page for its first failure. */
export const MIN_BAD = 10;

/** Looks at a family, or requests, in a window of time. */
export interface Tally {
  readonly good: number;
  readonly bad: number;
}

/** @returns times the even use of the budget; 0 where nothing was looked at. */
export function burnRate({ good, bad }: Tally, objective: number): number {
  return good + bad === 0 ? 0 : bad / (good + bad) / (1 - objective);
}

/** @param tallyOf - of the window of as many milliseconds that ends now. */
export function isBurning(rule: BurnRule, objective: number, tallyOf: (windowMs: number) => Tally): boolean {
  const long = tallyOf(rule.longMs);
  if (long.bad < MIN_BAD || burnRate(long, objective) <= rule.rate) return false;
  return burnRate(tallyOf(rule.shortMs), objective) > rule.rate;
}

/** Every window that a rule looks through, in milliseconds, shortest first. */
export const BURN_WINDOWS_MS: readonly number[] = BURN_RULES.flatMap(({ longMs, shortMs }) => [longMs, shortMs])
  .sort((a, b) => a - b)
  .filter((each, at, all) => each !== all[at - 1]);
