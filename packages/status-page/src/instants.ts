/**
 * Instants on the page: UTC for all readers alike, with relative words that are true when the page is made. Where that is `NaN`, the page
 * is true at any time: it has dates in full, and no ages.
 */
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { atMost, duration } from './words.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const LONG_MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** In milliseconds; `undefined` for what is no instant. */
export function instantMs(instant: string | null): number | undefined {
  const ms = instant === null ? Number.NaN : Date.parse(instant);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Newest first. */
export function byNewest<T>(items: readonly T[], instantOf: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => (instantMs(instantOf(b)) ?? 0) - (instantMs(instantOf(a)) ?? 0));
}

/** `14:02 UTC` today, `14 Nov, 14:02 UTC` this year, `14 Nov 2025, 14:02 UTC` before. */
export function timeElement(instant: string, now: number): Markup {
  const ms = instantMs(instant);
  if (ms === undefined) return markup`${atMost(instant, 40)}`;
  return markup`<time datetime="${isoSeconds(ms)}">${clockWords(ms, now)} UTC</time>`;
}

/** `14:02 UTC (12 min ago)`. */
export function timeWithAge(instant: string, now: number): Markup {
  const ms = instantMs(instant);
  if (ms === undefined || Number.isNaN(now)) return timeElement(instant, now);
  return markup`${timeElement(instant, now)} <span class="soft">(${relative(ms, now)})</span>`;
}

/** `28 Nov 2026, 14:02:11 UTC`. */
export function exactTime(instant: string): Markup {
  const ms = instantMs(instant);
  if (ms === undefined) return markup`${atMost(instant, 40)}`;
  const iso = isoSeconds(ms);
  return markup`<time datetime="${iso}">${dayWords(iso)} ${iso.slice(0, 4)}, ${iso.slice(11, 19)} UTC</time>`;
}

/** Days until then; negative after it. */
export function daysUntil(instant: string, now: number): number | undefined {
  const ms = instantMs(instant);
  return ms === undefined ? undefined : Math.floor((ms - now) / 86_400_000);
}

export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}

/** `14 November 2026` of `2026-11-14`. */
export function dayTitle(day: string): string {
  const [year, month, date] = day.split('-');
  const word = LONG_MONTHS[Number(month) - 1];
  return word === undefined || Number.isNaN(Number(date)) ? atMost(day, 20) : `${Number(date)} ${word} ${year ?? ''}`;
}

/** `November 2026` of `2026-11`. */
export function monthTitle(month: string): string {
  const word = LONG_MONTHS[Number(month.slice(5, 7)) - 1];
  return word === undefined ? atMost(month, 20) : `${word} ${month.slice(0, 4)}`;
}

/** `14 Nov` of `2026-11-14...`. */
export function dayWords(iso: string): string {
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  const date = Number(iso.slice(8, 10));
  return month === undefined || Number.isNaN(date) ? atMost(iso, 12) : `${date} ${month}`;
}

function clockWords(ms: number, now: number): string {
  const iso = isoSeconds(ms);
  const today = Number.isNaN(now) ? '' : isoSeconds(now);
  const clock = iso.slice(11, 16);
  if (iso.slice(0, 10) === today.slice(0, 10)) return clock;
  const year = iso.slice(0, 4) === today.slice(0, 4) ? '' : ` ${iso.slice(0, 4)}`;
  return `${dayWords(iso)}${year}, ${clock}`;
}

function relative(ms: number, now: number): string {
  const words = duration(Math.abs(now - ms));
  return ms > now ? `in ${words}` : `${words} ago`;
}
