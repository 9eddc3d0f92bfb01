/** Whether a feed may grow: decided inside the write transaction, so that pushes at the same time cannot pass together. */
import { ProblemError } from '@feedfleet/problems';
import type { FeedQuota } from '../metadata-store.ts';
import type { Connection } from './connection.ts';
import { countExpression } from './version-counts.ts';

interface Growth {
  readonly packages: number;
  readonly versions: number;
  readonly bytes: number;
}

const USAGE = `SELECT package_count AS packages, byte_count AS bytes,
  ${countExpression('feed', { includePrerelease: true, includeSemVer2: true, includeUnlisted: true })} AS versions
  FROM feed WHERE feed_key = ?`;

/** A feed that holds more than its quota, because the quota was lowered, may still change in what does not grow. */
export function assertQuota(
  connection: Connection,
  feedKey: number,
  { growth, quota }: { readonly growth: Growth; readonly quota: FeedQuota | undefined },
): void {
  if (quota === undefined) {
    return;
  }
  const used = connection.get(USAGE, feedKey);
  for (const unit of ['bytes', 'versions', 'packages'] as const) {
    const limit = quota[unit];
    if (limit !== null && growth[unit] > 0 && Number(used?.[unit]) + growth[unit] > limit) {
      throw exceeded(unit, { limit, used: Number(used?.[unit]), growth: growth[unit] });
    }
  }
}

function exceeded(
  unit: keyof Growth,
  { limit, used, growth }: { readonly limit: number; readonly used: number; readonly growth: number },
): ProblemError {
  const what = unit === 'packages' ? 'package ids' : unit;
  const more = unit === 'bytes' ? `, this package needs ${growth} more` : '';
  const reason = `Quota exceeded: the feed may hold ${limit} ${what} and has ${used}${more}`;
  return new ProblemError('quotaExceeded', { detail: reason, reason });
}
