/** Days and months, in UTC. */
import type { Period } from './timeline.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** `2026-11-28`. @param at - milliseconds since the epoch. */
export const dayNameOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** `2026-11`. @param at - milliseconds since the epoch. */
export const monthNameOf = (at: number): string => new Date(at).toISOString().slice(0, 7);

/** @param month - `2026-11`. */
export function periodOfMonth(month: string): Period {
  const from = Date.parse(`${month}-01T00:00:00Z`);
  const first = new Date(from);
  return { from, to: Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1) };
}

/** Names, oldest first, from the one of an instant to that of another, both included. */
export function monthsBetween(from: number, to: number): readonly string[] {
  const names: string[] = [];
  for (let at = periodOfMonth(monthNameOf(from)).from; at <= to; at = periodOfMonth(monthNameOf(at)).to) {
    names.push(monthNameOf(at));
  }
  return names;
}

/** The first instant of the year before that of `at`. */
export const startOfLastYear = (at: number): number => Date.UTC(new Date(at).getUTCFullYear() - 1, 0);
