/** The newest changes of a feed, of the kinds that the reader wants. */
import type { Answer, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { FeedCatalog } from '@feedfleet/store';

import { CHANGE_KINDS, atomOf, rssOf } from './changes-feed.ts';
import type { ChangesFormat, V3Links } from './v3-links.ts';

const MAX_ENTRIES = 100;
const MAX_KINDS_CHARACTERS = 200;

interface ChangesSources {
  readonly catalog: FeedCatalog;
  readonly links: V3Links;
  readonly format: ChangesFormat;
}

/** @throws {ProblemError} `FF_INVALID_QUERY` for a kind of change that is none. */
export async function changesAnswer(query: FeedQuery, { catalog, links, format }: ChangesSources): Promise<Answer> {
  const { feed, search, signal } = query;
  const given = new URLSearchParams(search).get('kinds');
  const kinds = given === null ? (['pushed'] as const) : kindsOf(given);
  const entries = await catalog.newest(feed.id, { kinds, limit: MAX_ENTRIES }, signal);
  const selfUrl = links.changes(format) + (given === null ? '' : `?kinds=${kinds.join()}`);
  const render = format === 'atom' ? atomOf : rssOf;
  return {
    ...{ kind: 'bytes', status: 200, contentType: `application/${format}+xml; charset=utf-8` },
    body: Buffer.from(render({ links, feed, selfUrl, entries })),
    ...{ gzip: 'negotiated', keep: 'revision' },
  };
}

function kindsOf(text: string): typeof CHANGE_KINDS {
  const names = text.slice(0, MAX_KINDS_CHARACTERS).toLowerCase().split(',');
  const kinds = CHANGE_KINDS.filter((kind) => names.includes(kind));
  if (kinds.length !== new Set(names).size || text.length > MAX_KINDS_CHARACTERS) {
    const expected = `some of ${CHANGE_KINDS.join(', ')}, with commas between them`;
    throw new ProblemError('invalidQuery', {
      detail: `kinds: expected ${expected}, got "${text.slice(0, 40)}"`,
      reason: `Invalid query: kinds must be ${expected}`,
    });
  }
  return kinds;
}
