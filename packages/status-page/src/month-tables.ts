/** Uptime by month: this year and last, newest first. */
import type { FamilyReport, MonthReport } from '@feedfleet/status-model';
import { averageUptimeOf } from '@feedfleet/uptime';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { isoSeconds, monthTitle } from './instants.ts';
import { familyPath, MOST_FAMILIES } from './page-frame.ts';
import type { PageFrame } from './page-frame.ts';
import { sumOfTimes } from './state-times.ts';
import { scrollable } from './tables.ts';
import { atMost, duration, percent } from './words.ts';

const MOST_MONTHS = 24;

/** A table for each year, families side by side; last year's is folded. */
export function monthTables(frame: PageFrame): Markup | undefined {
  const families = frame.report.families.slice(0, MOST_FAMILIES);
  const months = monthsOf(families);
  if (months.length === 0) return undefined;
  const thisYear = isoSeconds(frame.now).slice(0, 4);
  const newest = months.filter((month) => month.startsWith(thisYear));
  const earlier = months.filter((month) => !month.startsWith(thisYear));
  const first = newest.length === 0 ? earlier : newest;
  const folded = newest.length === 0 ? [] : earlier;
  const last = folded[0]?.slice(0, 4) ?? '';
  return markup`
    <section class="panel" aria-labelledby="months"><h2 id="months">Uptime by month</h2>${yearTable(first, families, frame)}
    ${folded.length === 0 ? undefined : markup`<details id="year-${last}"><summary>Uptime in ${last}</summary>${yearTable(folded, families, frame)}</details>`}</section>`;
}

/** All that is known of a family's months. */
export function familyMonthTable({ title, months: all }: FamilyReport): Markup | undefined {
  const months = all.slice(-MOST_MONTHS).toReversed();
  if (months.length === 0) return undefined;
  const table = markup`
    <table><caption>Uptime of ${atMost(title, 100)} by month (average of the last twelve: ${percent(averageUptimeOf(all))})</caption>
    <thead><tr><th scope="col">Month</th><th scope="col">Uptime</th><th scope="col">Down</th><th scope="col">Degraded</th>
    <th scope="col">Maintenance</th><th scope="col">Unknown</th><th scope="col">Requests answered</th></tr></thead>
    <tbody>${months.map(monthRow)}</tbody></table>`;
  return markup`<section class="panel" aria-labelledby="months"><h2 id="months">Uptime by month</h2>${scrollable('Uptime by month', table)}</section>`;
}

function monthRow({ month, uptime, times, availability }: MonthReport): Markup {
  const { down, degraded, maintenance, unknown } = sumOfTimes([times]);
  const lengths = [down, degraded, maintenance, unknown].map(
    (ms) => markup`<td class="number">${ms === 0 ? '0' : duration(ms)}</td>`,
  );
  return markup`
    <tr><th scope="row">${monthTitle(month)}</th><td class="number">${percent(uptime)}</td>${lengths}
    <td class="number">${availability === null || !(availability.all > 0) ? 'not counted' : percent(availability.good / availability.all)}</td></tr>`;
}

function yearTable(months: readonly string[], families: readonly FamilyReport[], { root }: PageFrame): Markup {
  const year = months[0]?.slice(0, 4) ?? '';
  const byMonth = families.map((family) => new Map(family.months.map((month) => [month.month, month])));
  const heads = families.map((family) => {
    const path = familyPath(family);
    const name = atMost(family.title, 60);
    return markup`<th scope="col">${path === undefined ? name : markup`<a href="${root}${path}">${name}</a>`}</th>`;
  });
  const rows = months.map(
    (month) => markup`
      <tr><th scope="row">${monthTitle(month)}</th>
      ${byMonth.map((of) => cell(of.get(month)?.uptime ?? null))}</tr>`,
  );
  const averages = byMonth.map((of) => {
    return cell(averageUptimeOf(months.flatMap((month) => of.get(month) ?? [])));
  });
  return scrollable(
    `Uptime in ${year}`,
    markup`
    <table><caption>Uptime by month and endpoint in ${year}</caption>
    <thead><tr><th scope="col">Month</th>${heads}</tr></thead><tbody>${rows}</tbody>
    <tfoot><tr><th scope="row">Average</th>${averages}</tr></tfoot></table>`,
  );
}

function cell(uptime: number | null): Markup {
  return uptime === null
    ? markup`<td class="number soft">unknown</td>`
    : markup`<td class="number${uptime < 0.999 ? ' low' : ''}">${percent(uptime)}</td>`;
}

/** Names of all months that any family has, newest first. */
function monthsOf(families: readonly FamilyReport[]): readonly string[] {
  const names = new Set(families.flatMap(({ months }) => months.map(({ month }) => month)));
  return [...names].sort().slice(-MOST_MONTHS).reverse();
}
