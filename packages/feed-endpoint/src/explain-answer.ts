/** `GET /F/<feed>/explain?id=X`: for every version, which source it comes from, by which way and how old; and what was left out, and why. */
import type { ExplainedTo, QueryHierarchy } from '@feedfleet/aggregation';
import { isPackageId } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';

import type { BytesAnswer, FeedQuery } from './protocol.ts';

export interface Explaining extends ExplainedTo {
  readonly hierarchy: QueryHierarchy;
}

/** @throws {ProblemError} `FF_INVALID_QUERY` without an id. */
export async function explainAnswer(
  { search }: Pick<FeedQuery, 'search'>,
  { hierarchy, ...viewer }: Explaining,
): Promise<BytesAnswer> {
  const id = new URLSearchParams(search).get('id') ?? '';
  if (!isPackageId(id)) {
    throw new ProblemError('invalidQuery', {
      detail: `id: expected a package id (?id=Contoso.Core), got "${id.slice(0, 100)}"`,
    });
  }
  const body = Buffer.from(JSON.stringify(await hierarchy.explain(id, viewer)));
  return { kind: 'bytes', status: 200, contentType: 'application/json', body, gzip: 'negotiated', keep: 'none' };
}
