/** Everything that the public may read, as files: served by the status process and written for any web host alike. */
import type { Incident, StatusReport } from '@feedfleet/status-model';

import { badge } from './badge.ts';
import { maintenanceCalendar } from './calendar.ts';
import { atomFeed, rssFeed } from './feeds.ts';
import { archivedIncidentPage, historyPage, monthPage, notFoundPage } from './history-pages.ts';
import { NO_ARCHIVE } from './incident-archive.ts';
import type { IncidentArchive } from './incident-archive.ts';
import { siteTitle } from './layout.ts';
import { incidentPath, isFileName, monthPath, MOST_INCIDENTS, pagedFamilies } from './page-frame.ts';
import { familyPage, incidentPage, statusPage } from './pages.ts';

export interface SiteFile {
  /** From the folder of the site: `incidents/4k2m8x.html`. */
  readonly path: string;
  readonly contentType: string;
  /** Stays the same as long as what is rendered does; `undefined`: it always changes, if only by its ages. */
  readonly edition?: string;
  /** Some milliseconds long. */
  readonly render: () => string;
}

export const NOT_FOUND_PATH = '404.html';

const HTML = 'text/html; charset=utf-8';

/**
 * The first page is the last file: whoever writes them in order never has it lead to what is not there yet.
 *
 * @param report - as everybody may have it. @param archive - likewise.
 */
export function siteFiles(report: StatusReport, archive: IncidentArchive = NO_ARCHIVE): readonly SiteFile[] {
  return [
    ...archivedFiles(report, archive),
    ...pagedFamilies(report).flatMap((family) => [
      html(`family/${family.id}.html`, () => familyPage(report, family)),
      image(`badge/${family.id}.svg`, () => badge(family.title, family.state)),
    ]),
    ...pagedIncidents(report).flatMap((incident) => {
      const path = incidentPath(incident.id);
      return path === undefined ? [] : [html(path, () => incidentPage(report, incident))];
    }),
    image('badge.svg', () => badge(siteTitle(report), report.overall.state)),
    { path: 'feed.atom', contentType: 'application/atom+xml; charset=utf-8', render: () => atomFeed(report) },
    { path: 'feed.rss', contentType: 'application/rss+xml; charset=utf-8', render: () => rssFeed(report) },
    { path: 'maintenance.ics', contentType: 'text/calendar; charset=utf-8', render: () => maintenanceCalendar(report) },
    {
      path: 'status.json',
      contentType: 'application/json; charset=utf-8',
      render: () => JSON.stringify(report),
    },
    html(NOT_FOUND_PATH, () => notFoundPage(report)),
    html('history.html', () => historyPage(report, archive)),
    html('live.html', () => statusPage(report, true)),
    html('index.html', () => statusPage(report)),
  ];
}

const html = (path: string, render: () => string): SiteFile => ({ path, contentType: HTML, render });

const pagedIncidents = ({ incidents }: StatusReport): readonly Incident[] => incidents.slice(0, MOST_INCIDENTS);

/** Pages of what the report holds no more, and of each month. */
function archivedFiles(report: StatusReport, archive: IncidentArchive): readonly SiteFile[] {
  const isPaged = new Set(pagedIncidents(report).map(({ id }) => id));
  return archive.months.flatMap(({ month, edition, incidents }) => [
    ...incidents.flatMap(({ id, edition: own }) => {
      const path = incidentPath(id);
      if (path === undefined || isPaged.has(id)) return [];
      return [{ ...html(path, () => archivedIncidentPage(report, archive.incident(id))), edition: own }];
    }),
    { ...html(monthPath(month), () => monthPage(report, month, archive.incidentsOf(month))), edition },
  ]);
}

/** The file that answers for the path of a URL, which may leave out `.html`. `undefined` for what no file can be called. */
export function sitePathOf(urlPath: string): string | undefined {
  const path = urlPath.replace(/^\//, '').replace(/\/$/, '');
  if (path === '') return 'index.html';
  if (!path.split('/').every(isFileName)) return undefined;
  return /^(?:history|live|(?:family|incidents|history)\/.*(?<!\.html))$/.test(path) ? `${path}.html` : path;
}

function image(path: string, render: () => string): SiteFile {
  return { path, contentType: 'image/svg+xml; charset=utf-8', render };
}
