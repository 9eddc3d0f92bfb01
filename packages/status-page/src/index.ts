/** The status page as text. One report in; pages, feeds, calendar and badges out. */
export { NOT_FOUND_PATH, siteFiles, sitePathOf } from './site.ts';
export type { SiteFile } from './site.ts';
export { NO_ARCHIVE } from './incident-archive.ts';
export type { ArchivedMonth, IncidentArchive } from './incident-archive.ts';
export { pageGuards } from './security.ts';
export { operatorPage } from './pages.ts';
export { archiveOf, calmReport, downReport, maintenanceReport, unknownReport } from './sample-report.ts';
