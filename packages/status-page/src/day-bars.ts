/**
 * The last 90 days of a family as bars. Each is stacked from the bottom: maintenance, up, degraded, down; what nobody knows stays
 * empty, so a day without samples is no bar at all. Time that was down stands out above the others, so that it shows without colours.
 */
import type { DayReport, FamilyReport } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { dayTitle, dayWords } from './instants.ts';
import { sharesOf, sumOfTimes, uptimeOf } from './state-times.ts';
import { count, duration, percent } from './words.ts';

export const SHOWN_DAYS = 90;
const PITCH = 8;
/** Also in the style sheet, as the width of a stroke. */
const WIDTH = 6;
/** The drawing is 40 high, of which the upper 5 are for what stands out. */
const BOTTOM = 40;
const FULL = 35;
/** An outage of a minute has to be seen. */
const LEAST = 5;
const STACK = ['maintenance', 'up', 'degraded', 'down'] as const;
type Stacked = (typeof STACK)[number];

export function dayBars(family: FamilyReport): Markup {
  const days = family.days.slice(-SHOWN_DAYS);
  const from = SHOWN_DAYS - days.length;
  const paths: Record<Stacked, string> = { maintenance: '', up: '', degraded: '', down: '' };
  days.forEach((day, index) => {
    for (const { part, top, height } of segmentsOf(day)) {
      paths[part] += `M${middleOf(from + index)} ${top}v${height}`;
    }
  });
  const drawn = STACK.filter((part) => paths[part] !== '').map(
    (part) => markup`<path class="${part}" d="${paths[part]}"/>`,
  );
  const hints = days.map((day, index) =>
    isEventful(day)
      ? markup`<path class="hit" d="M${middleOf(from + index)} 0v${BOTTOM}"><title>${dayStory(day)}</title></path>`
      : undefined,
  );
  return markup`
    <svg class="days" role="img" aria-label="${summaryOf(days)}" viewBox="0 0 718 40" preserveAspectRatio="none">
    <use href="#track"/>${drawn}${hints}</svg>
    <p class="scale" aria-hidden="true"><span>${days[0] === undefined ? '' : dayWords(days[0].day)}</span>
    <span class="soft">${percent(uptimeOf(sumOfTimes(days.map(({ times }) => times))))} in ${count(days.length, 'day')}</span><span>today</span></p>`;
}

/** Once on a page with bars: the ground that they stand on, which is all that shows of a day that nobody knows. */
export function barDefinitions(): Markup {
  const feet = Array.from({ length: SHOWN_DAYS }, (_, place) => `M${middleOf(place)} ${BOTTOM - 2}v2`).join('');
  return markup`<svg class="away" aria-hidden="true" focusable="false" width="0" height="0"><path id="track" class="track" d="${feet}"/></svg>`;
}

/** One line about a day: `14 November 2026: 99.10 %, down 12 min, unknown 3 min`. */
export function dayStory({ day, times, uptime }: DayReport): string {
  const clean = sumOfTimes([times]);
  const told = (['down', 'degraded', 'maintenance', 'unknown'] as const)
    .filter((state) => clean[state] > 0)
    .map((state) => `${state} ${duration(clean[state])}`);
  return [`${dayTitle(day)}: ${percent(uptime)}`, ...told].join(', ');
}

/** Whether more is to be told of a day than that it was up as far as is known. */
export function isEventful({ times }: DayReport): boolean {
  return times.down > 0 || times.degraded > 0 || times.maintenance > 0;
}

function segmentsOf({ times }: DayReport): readonly { part: Stacked; top: number; height: number }[] {
  const shares = sharesOf(times);
  const known = STACK.filter((part) => shares[part] > 0);
  if (known.length === 0) return [];
  const whole = Math.max(LEAST * known.length, Math.round(FULL * (1 - shares.unknown)));
  const heights = { maintenance: 0, up: 0, degraded: 0, down: 0 };
  for (const part of known) heights[part] = Math.max(LEAST, Math.round(FULL * shares[part]));
  // The largest gives what the least ones took beyond their share.
  const largest = known.reduce((a, b) => (heights[b] > heights[a] ? b : a));
  const others = known.filter((part) => part !== largest).reduce((sum, part) => sum + heights[part], 0);
  heights[largest] = Math.max(LEAST, whole - others);
  let y = BOTTOM;
  return known.map((part) => {
    const standsOut = part === 'down' ? BOTTOM - FULL : 0;
    const height = Math.min(y, heights[part] + standsOut);
    y -= height;
    // A hair of space between parts shows where one ends.
    return { part, top: y, height: y + height === BOTTOM || height < 3 ? height : height - 1 };
  });
}

function middleOf(place: number): number {
  return place * PITCH + WIDTH / 2;
}

function summaryOf(days: readonly DayReport[]): string {
  if (days.length === 0) return 'Nothing is known of the last 90 days.';
  const uptime = uptimeOf(sumOfTimes(days.map(({ times }) => times)));
  const told = [
    ...(['down', 'degraded', 'maintenance'] as const).map((state) => ({
      word: state === 'maintenance' ? 'in maintenance' : state,
      number: days.filter(({ times }) => times[state] > 0).length,
    })),
    {
      word: 'unknown',
      number: days.filter(({ uptime: known, times }) => known === null && !(times.maintenance > 0)).length,
    },
  ].flatMap(({ word, number }) => (number === 0 ? [] : [`${word} on ${count(number, 'day')}`]));
  const rest = told.length === 0 ? 'No trouble on any of them.' : `At times ${told.join(', ')}.`;
  return `Last ${count(days.length, 'day')}: uptime ${percent(uptime)}. ${rest}`;
}
