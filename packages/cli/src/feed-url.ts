/** Where the feed is that a command is about: by name on the fleet of this machine, or by its URL anywhere. */
import { ProblemError } from '@feedfleet/problems';

import type { ConnectionOptions } from './connection.ts';
import { findBalancerUrl } from './connection.ts';
import { withoutSecrets } from './failure.ts';
import type { CliParts } from './parts.ts';

export interface FeedOptions extends ConnectionOptions {
  readonly feed?: string;
  readonly url?: string;
}

/** What an argument names that is a feed on the fleet of this machine, or its URL. */
export function feedByNameOrUrl(feed: string): Pick<FeedOptions, 'feed' | 'url'> {
  return /^https?:/i.test(feed) ? { url: feed } : { feed };
}

/**
 * @param below - of the feed, what a name leads to; a URL is taken as it is given.
 * @returns without a slash at the end.
 * @throws {ProblemError} `FF_USAGE`
 */
export async function feedUrlOf(options: FeedOptions, parts: CliParts, below: string): Promise<string> {
  if (options.url !== undefined && options.feed !== undefined) {
    throw new ProblemError('usage', { detail: 'give one of --feed and --url: the URL names the feed already' });
  }
  const url = options.url ?? `${await namedFeedUrl(options, parts)}${below}`;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ProblemError('usage', { detail: `--url: expected an http or https URL, got "${withoutSecrets(url)}"` });
  }
  return url;
}

async function namedFeedUrl(options: FeedOptions, parts: CliParts): Promise<string> {
  if (options.feed === undefined) throw new ProblemError('usage', { detail: 'name a feed with --feed, or give --url' });
  const balancerUrl = await findBalancerUrl(options, parts).catch((error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError('usage', {
      detail: `--feed needs a fleet on this machine, else give --url: ${error.detail ?? ''}`,
      cause: error,
    });
  });
  return `${balancerUrl}/F/${encodeURIComponent(options.feed)}`;
}
