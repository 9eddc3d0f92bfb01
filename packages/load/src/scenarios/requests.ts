/** Requests that clients make, of a server that speaks v3, v2 or both: v3 where there is a choice. */
import type { LoadRequest } from '../load-client.ts';
import { withQuery } from '../target/discover-packages.ts';
import { newestOf } from '../target/load-target.ts';
import type { LoadTarget, TargetFeed, TargetPackage } from '../target/load-target.ts';
import { samplePackage } from '../target/sample-package.ts';
import type { SamplePackage } from '../target/sample-package.ts';

const CLIENT: Readonly<Record<string, string>> = { 'user-agent': 'feedfleet load', 'accept-encoding': 'gzip, deflate' };

/** With the credentials of the target. */
export function readOf({ credentials }: LoadTarget, url: string, more: Partial<LoadRequest> = {}): LoadRequest {
  return {
    url,
    followsRedirects: true,
    ...more,
    headers: { ...CLIENT, ...more.headers, ...credentials.headersFor(url) },
  };
}

export function pushOf({ credentials }: LoadTarget, publish: string, sample: SamplePackage): LoadRequest {
  return {
    url: publish,
    method: 'PUT',
    headers: { ...CLIENT, ...credentials.headersFor(publish), 'content-type': 'application/octet-stream' },
    body: samplePackage(sample),
  };
}

/** The versions of an id. */
export function versionsUrl({ v2, v3 }: TargetFeed, { id }: Pick<TargetPackage, 'id'>): string {
  const lower = encodeURIComponent(id.toLowerCase());
  return v3?.content === undefined ? byIdUrl(v2 ?? '', id) : `${v3.content}${lower}/index.json`;
}

/** All that is known of an id. */
export function metadataUrl({ v2, v3 }: TargetFeed, { id }: Pick<TargetPackage, 'id'>): string {
  const lower = encodeURIComponent(id.toLowerCase());
  return v3?.registration === undefined ? byIdUrl(v2 ?? '', id) : `${v3.registration}${lower}/index.json`;
}

export function downloadUrl(of: TargetPackage): string {
  return newestOf(of).contentUrl;
}

export function searchUrl({ v2, v3 }: TargetFeed, term: string, take = 20): string {
  const q = encodeURIComponent(term);
  if (v3?.search !== undefined) {
    return withQuery(v3.search, `q=${q}&skip=0&take=${take}&prerelease=false&semVerLevel=2.0.0`);
  }
  const quoted = encodeURIComponent(term.replaceAll("'", "''"));
  return (
    `${v2 ?? ''}/Search()?$filter=IsLatestVersion&$orderby=Id&searchTerm='${quoted}'&targetFramework=''` +
    `&includePrerelease=false&$skip=0&$top=${take}&semVerLevel=2.0.0`
  );
}

export function autocompleteUrl(feed: TargetFeed, term: string): string {
  const { v2, v3 } = feed;
  const q = encodeURIComponent(term);
  if (v3?.autocomplete !== undefined) {
    return withQuery(v3.autocomplete, `q=${q}&skip=0&take=10&prerelease=true&semVerLevel=2.0.0`);
  }
  return v2 === undefined
    ? searchUrl(feed, term, 10)
    : `${v2}/package-ids?partialId=${q}&includePrerelease=True&semVerLevel=2.0.0`;
}

function byIdUrl(v2: string, id: string): string {
  return `${v2}/FindPackagesById()?id='${encodeURIComponent(id.replaceAll("'", "''"))}'&semVerLevel=2.0.0`;
}
