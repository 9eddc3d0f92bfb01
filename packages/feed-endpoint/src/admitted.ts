/** A request whose sender may read the feed, with all that an answer to it depends on. */
import type { IncomingMessage } from 'node:http';

import type { ProblemError } from '@feedfleet/problems';
import type { Credentials, Feed, RegistryView } from '@feedfleet/registry-client';

import type { FeedTarget } from './feed-target.ts';
import type { FeedQuery } from './protocol.ts';
import type { Audience } from './ready-answer.ts';

export interface Admitted {
  readonly feed: Feed;
  readonly audience: Audience;
  readonly credentials: Credentials;
  readonly view: RegistryView;
  readonly target: FeedTarget;
  /** The last one that was seen when the store does not answer; -1 when none was. */
  readonly revision: number;
  /** Why the store did not tell the revision: then nothing but what is kept can be given. */
  readonly failure: ProblemError | undefined;
  readonly origin: string;
  readonly acceptsGzip: boolean;
  /** Name of the variant that the protocol is asked for. */
  readonly variant: string;
  /** Names the answer among all that are kept. */
  readonly key: string;
  /** Asked by another endpoint of this fleet for what the feed has itself. */
  readonly isLeaf: boolean;
}

export function feedQuery(request: IncomingMessage, admitted: Admitted, signal: AbortSignal): FeedQuery {
  const url = request.url ?? '';
  const questionMark = url.indexOf('?');
  const feedUrl = `${admitted.origin}${admitted.target.feedPath}`;
  return {
    feed: admitted.feed,
    method: 'GET',
    path: admitted.target.path,
    search: questionMark === -1 ? '' : url.slice(questionMark + 1),
    body: '',
    feedUrl,
    baseUrl: `${feedUrl}${admitted.target.mount}`,
    signal,
    variant: admitted.variant,
    ...(admitted.isLeaf ? { leaf: true } : {}),
  };
}
