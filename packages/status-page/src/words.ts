/** States, shares and times as people read them. */
import type { State } from '@feedfleet/status-model';

export const STATE_WORDS: Readonly<Record<State, string>> = {
  up: 'Up',
  degraded: 'Degraded',
  down: 'Down',
  maintenance: 'Maintenance',
  unknown: 'Unknown',
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Two decimals; `100 %` only where nothing at all is missing, and `0 %` only where nothing is there. */
export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return 'unknown';
  if (share >= 1) return '100 %';
  if (share <= 0) return '0 %';
  return `${Math.min(99.99, Math.max(0.01, Math.round(share * 10_000) / 100)).toFixed(2)} %`;
}

/** `45 ms`, `1.3 s`. */
export function latency(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || ms < 0) return 'unknown';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

/** The two largest units: `45 s`, `3 h 20 min`, `12 days`. */
export function duration(ms: number): string {
  const whole = Number.isFinite(ms) ? Math.max(0, Math.round(ms / SECOND) * SECOND) : 0;
  if (whole < MINUTE) return `${whole / SECOND} s`;
  if (whole < HOUR) return `${Math.round(whole / MINUTE)} min`;
  if (whole < 2 * DAY) return pair(Math.round(whole / MINUTE), 60, 'h', 'min');
  return whole < 10 * DAY
    ? pair(Math.round(whole / HOUR), 24, 'days', 'h')
    : count(Math.min(Math.round(whole / DAY), 1e9), 'day');
}

function pair(small: number, inLarge: number, largeWord: string, smallWord: string): string {
  const large = Math.floor(small / inLarge);
  const rest = small % inLarge;
  return rest === 0 ? `${large} ${largeWord}` : `${large} ${largeWord} ${rest} ${smallWord}`;
}

/** `1 day`, `2 days`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** Cut at `longest` characters, with an ellipsis that tells of it. */
export function atMost(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}\u2026`;
}
