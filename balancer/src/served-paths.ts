/** What the balancer says where nothing else does: which paths there are, and what `/` is. */
import type { Route } from '@feedfleet/registry-client';
import type { Reached } from './forwarded.ts';

const MAX_PATTERNS = 30;

/** One sentence that names the paths with a route, for the detail of a 404. */
export function servedPaths(routes: readonly Route[]): string {
  const patterns = [...new Set(routes.map(({ pattern }) => pattern))].sort();
  if (patterns.length === 0) return 'No path has a route.';
  const more = patterns.length > MAX_PATTERNS ? ', ...' : '';
  return `These are served: ${patterns.slice(0, MAX_PATTERNS).join(', ')}${more}`;
}

/** The page at `/`, plain text. */
export function greeting({ proto, host, prefix }: Pick<Reached, 'proto' | 'host' | 'prefix'>): string {
  const base = `${proto}://${host}${prefix}`;
  return [
    'This is feedfleet, a NuGet feed host.',
    '',
    `A feed:                ${base}/F/<feed>`,
    `NuGet v2:              ${base}/F/<feed>/api/v2`,
    `NuGet v3:              ${base}/F/<feed>/api/v3/index.json`,
    `Push:                  ${base}/F/<feed>/api/v2/package`,
    `With a key in the URL: ${base}/F/<feed>/auth/<key>/...`,
    '',
  ].join('\n');
}
