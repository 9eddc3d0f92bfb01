/** The pages: the site over HTTP, the operators' page, and the same site as files where a folder is set. */
import { siteFiles } from '@feedfleet/status-page';
import type { SiteFile } from '@feedfleet/status-page';

import type { StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { publicArchive, publicReport } from '../report/public-report.ts';
import { PublicSite } from './public-site.ts';
import { addSiteRoutes } from './site-routes.ts';
import { StaticSite } from './static-site.ts';
import { StaticWriter } from './static-writer.ts';

export const pagesPart: StatusPartDefinition = { name: 'pages', migrations: [], open: openPages };

function openPages(context: StatusContext): StatusPart {
  const { clock, log, settings } = context;
  const files = (): readonly SiteFile[] => siteFiles(publicReport(context.current()), publicArchive(context.archive()));
  const site = new PublicSite({
    files,
    now: () => clock.now(),
    failed: (error) => log.error('the status page could not be made', error),
  });
  const writer = writerOf(context, files);
  const end = context.onState(() => {
    site.outdate();
    writer?.soon();
  });
  return {
    name: 'pages',
    routes: (app) =>
      addSiteRoutes(app, { site, report: () => context.current(), operatorToken: settings.registryToken }),
    start: () => writer?.start(),
    stop: async () => {
      end();
      await writer?.stop();
    },
  };
}

function writerOf(
  { settings, log, clock, metrics }: StatusContext,
  files: () => readonly SiteFile[],
): StaticWriter | undefined {
  const { pageFolder } = settings;
  if (pageFolder === undefined) return undefined;
  const writer = new StaticWriter({ site: new StaticSite(pageFolder), files, log, now: () => clock.now() });
  metrics.gauge({
    name: 'feedfleet_status_static_written_timestamp_seconds',
    help: 'When the static status page was last written as a whole.',
    collect: () => writer.writtenAt / 1000,
  });
  return writer;
}
