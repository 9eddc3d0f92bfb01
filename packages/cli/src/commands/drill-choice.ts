/** Which drills are meant, before anything is done to a fleet. Pure. */
import type { Drill, DrillName } from '@feedfleet/drills';
import { ProblemError } from '@feedfleet/problems';

import { isOwnMachine } from '../own-machine.ts';

export interface Wish {
  /** As it was given. */
  readonly name: string;
  /** URL of a fleet that somebody uses; undefined for a throw-away one. */
  readonly target: string | undefined;
  readonly isGuarded: boolean;
}

type DrillList = Readonly<Record<DrillName, Drill>>;

/**
 * @returns the drill of that name, or for `all` those that may be done to such a fleet.
 * @throws {ProblemError} `FF_USAGE` for a name that there is not, and for what must not be done to a fleet that somebody uses.
 */
export function chosenDrills(drills: DrillList, { name, target, isGuarded }: Wish): readonly Drill[] {
  const all = Object.values(drills);
  const chosen = name === 'all' ? all : all.filter((drill) => drill.name === name);
  if (chosen.length === 0) {
    const detail = `name: expected one of list, all, ${Object.keys(drills).join(', ')}, got "${name}"`;
    throw new ProblemError('usage', { detail });
  }
  if (target === undefined) return chosen;
  const fitting = chosen.filter(({ fitsTarget }) => fitsTarget);
  const fault = !isOwnMachine(target)
    ? `--target: expected a fleet of this machine, got ${target}`
    : !isGuarded
      ? '--without-guard is for throw-away fleets: leave --target out'
      : fitting.length === 0
        ? `${name} needs a fleet that was started for it: leave --target out`
        : undefined;
  if (fault !== undefined) throw new ProblemError('usage', { detail: fault });
  return fitting;
}
