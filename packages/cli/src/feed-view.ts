/** How feeds look in the terminal. */
import type { Feed } from '@feedfleet/registry-client';

import { formatBytes } from './quantities.ts';
import { renderProperties, renderTable } from './table.ts';

export function renderFeeds(feeds: readonly Feed[]): string {
  if (feeds.length === 0) return 'No feeds.\n';
  return renderTable(
    ['NAME', 'VISIBILITY', 'ALIASES', 'OWNER', 'DELETION', 'MAX PACKAGE'],
    feeds.map(({ name, visibility, aliases, owner, deletion, maxPackageBytes }) => [
      name,
      visibility,
      aliases.join(', '),
      owner,
      deletion,
      formatBytes(maxPackageBytes),
    ]),
  );
}

export function renderFeed(feed: Feed): string {
  return renderProperties([
    ['Name', feed.name],
    ['Id', feed.id],
    ['Aliases', feed.aliases.join(', ')],
    ['Visibility', feed.visibility],
    ['Owner', feed.owner],
    ['Description', feed.description],
    ['Deletion', feed.deletion],
    ['Max package', formatBytes(feed.maxPackageBytes)],
    ['Overwrite', feed.overwrite],
    ['Upload warnings', feed.uploadWarnings ? 'on' : 'off'],
    ['Max total size', feed.quotaBytes === null ? '' : formatBytes(feed.quotaBytes)],
    ['Max packages', String(feed.quotaPackages ?? '')],
    ['Max versions', String(feed.quotaVersions ?? '')],
    ['Keep stable', String(feed.keepStable ?? 'all')],
    ['Keep pre-releases', String(feed.keepPrerelease ?? 'all')],
    ['Reserved ids', feed.reservedIds.join(', ')],
    ['Shared ids', feed.sharedIds.join(', ')],
    ['Created', feed.createdAt],
  ]);
}
