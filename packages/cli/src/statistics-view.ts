/** How statistics look in the terminal. */
import type { FeedStatistics, PackageStatistics } from './feed-statistics.ts';
import { formatBytes } from './quantities.ts';
import { renderProperties, renderTable } from './table.ts';

/** What is used, and of how much where there is a quota: `9.0 MB of 10.0 MB (90 %)`. */
function usage(used: number, limit: number | null, format: (value: number) => string): string {
  if (limit === null) return format(used);
  return `${format(used)} of ${format(limit)} (${Math.floor((used / limit) * 100)} %)`;
}

function renderDays(days: readonly { readonly day: string; readonly downloads: number }[]): string {
  if (days.length === 0) return '';
  return `\n${renderTable(
    ['DAY', 'DOWNLOADS'],
    days.map(({ day, downloads }) => [day, String(downloads)]),
  )}`;
}

export function renderFeedStatistics(statistics: FeedStatistics): string {
  const { feed, packages, versions, bytes, downloads, quota, downloadsByDay, topPackages } = statistics;
  const properties = renderProperties([
    ['Feed', feed],
    ['Packages', usage(packages, quota.packages, String)],
    ['Versions', usage(versions, quota.versions, String)],
    ['Size', usage(bytes, quota.bytes, formatBytes)],
    ['Downloads', String(downloads)],
  ]);
  const top = renderTable(
    ['PACKAGE', 'DOWNLOADS'],
    topPackages.map((each) => [each.id, String(each.downloads)]),
  );
  return properties + (topPackages.length === 0 ? '' : `\n${top}`) + renderDays(downloadsByDay);
}

export function renderPackageStatistics(statistics: PackageStatistics): string {
  const { feed, id, versions, bytes, downloads, downloadsByDay, topVersions } = statistics;
  const properties = renderProperties([
    ['Feed', feed],
    ['Package', id],
    ['Versions', String(versions)],
    ['Size', formatBytes(bytes)],
    ['Downloads', String(downloads)],
  ]);
  const top = renderTable(
    ['VERSION', 'DOWNLOADS', 'SIZE', 'LISTED'],
    topVersions.map((each) => [
      each.version,
      String(each.downloads),
      formatBytes(each.sizeBytes),
      each.listed ? 'yes' : 'no',
    ]),
  );
  return `${properties}\n${top}${renderDays(downloadsByDay)}`;
}
