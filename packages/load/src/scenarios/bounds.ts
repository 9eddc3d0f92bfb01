/** How much a run may ask of a server at most, whatever its scenario makes of the rate that was given. Pure. */
import { ProblemError } from '@feedfleet/problems';

import type { ScenarioPlan, ScenarioSettings } from './scenario.ts';

export const BOUNDS = {
  /** Of all groups together, in any phase. */
  requestsPerSecond: 20_000,
  /** Of a run with its warm-up. */
  seconds: 3_600,
} as const;

/** @throws {ProblemError} `FF_USAGE` */
export function assertSeconds({
  seconds,
  warmUpSeconds,
}: {
  readonly seconds: number;
  readonly warmUpSeconds: number;
}): void {
  const all = seconds + warmUpSeconds;
  if (all <= BOUNDS.seconds) return;
  throw new ProblemError('usage', {
    detail: `--duration: expected at most ${BOUNDS.seconds}s together with the warm-up, got ${seconds}s and ${warmUpSeconds}s`,
  });
}

/** @throws {ProblemError} `FF_USAGE` with the largest rate that may be given. */
export function assertRates(
  { phases }: ScenarioPlan,
  { ratePerSecond }: Pick<ScenarioSettings, 'ratePerSecond'>,
): void {
  for (const { name, rates } of phases) {
    const all = Object.values(rates).reduce((sum, rate) => sum + rate, 0);
    // Shares of a rate do not add up to the last bit.
    if (all <= BOUNDS.requestsPerSecond * (1 + 1e-9)) continue;
    const most = Math.floor((BOUNDS.requestsPerSecond * ratePerSecond) / all);
    throw new ProblemError('usage', {
      detail:
        `--rate: the phase ${name} of this scenario would have ${Math.round(all)} requests a second, of at most ` +
        `${BOUNDS.requestsPerSecond}: expected a rate of at most ${most}, got ${ratePerSecond}`,
    });
  }
}
