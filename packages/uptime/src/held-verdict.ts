/**
 * What one observer holds of one component: its samples with hysteresis, so that one lost packet opens no incident.
 *
 * It falls after two bad rounds, and rises after three good ones in a row. Two bad ones of the last four with good ones between are
 * trouble too, but not an outage: then it holds `slow`.
 *
 * Source: HAProxy, "Configuration Manual", `fall` and `rise`.
 */
import type { Verdict } from '@feedfleet/status-model';

const ROUNDS_TO_FALL = 2;
const ROUNDS_TO_RISE = 3;
const roundsKept = 4;

export interface Round {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly verdict: Verdict;
}

export interface HeldVerdict {
  /** `null`: not sure yet. */
  readonly verdict: Verdict | null;
  /** When that began: the first of the rounds that it is held for. */
  readonly since: number;
  /** Oldest first, at most four. */
  readonly recent: readonly Round[];
}

const rank: Readonly<Record<Verdict, number>> = { ok: 0, slow: 1, failed: 2 };
const byRank = (rounds: readonly Round[]): readonly Round[] =>
  [...rounds].sort((left, right) => rank[left.verdict] - rank[right.verdict]);

function fallen(held: Verdict, recent: readonly Round[]): Omit<HeldVerdict, 'recent'> | undefined {
  const last = recent.slice(-ROUNDS_TO_FALL);
  const isWorse = ({ verdict }: Round): boolean => rank[verdict] > rank[held];
  const [mildest] = byRank(last);
  if (last.length === ROUNDS_TO_FALL && last.every(isWorse) && mildest !== undefined) {
    return { verdict: mildest.verdict, since: last[0]?.at ?? mildest.at };
  }
  const bad = recent.filter(isWorse);
  return held === 'ok' && bad.length >= ROUNDS_TO_FALL ? { verdict: 'slow', since: bad[0]?.at ?? 0 } : undefined;
}

function risen(held: Verdict, recent: readonly Round[]): Omit<HeldVerdict, 'recent'> | undefined {
  const last = recent.slice(-ROUNDS_TO_RISE);
  const isBetter = ({ verdict }: Round): boolean => rank[verdict] < rank[held];
  if (last.length < ROUNDS_TO_RISE || !last.every(isBetter)) return undefined;
  const worst = byRank(last).at(-1);
  return worst === undefined ? undefined : { verdict: worst.verdict, since: last[0]?.at ?? worst.at };
}

/** @param before - `undefined` when the observer knew nothing: at the start, and after it was silent. */
export function holdVerdict(before: HeldVerdict | undefined, round: Round): HeldVerdict {
  const recent = [...(before?.recent ?? []), round].slice(-roundsKept);
  const held = before?.verdict ?? null;
  if (held === null) {
    if (round.verdict === 'ok') return { verdict: 'ok', since: round.at, recent };
    const first = fallen('ok', recent);
    return { verdict: first?.verdict ?? null, since: first?.since ?? round.at, recent };
  }
  const changed = fallen(held, recent) ?? risen(held, recent);
  return { verdict: held, since: before?.since ?? round.at, ...changed, recent };
}
