/** Finds out what there is at a URL, with the credentials that were given, and with packages of its own where it may. */
import { ProblemError } from '@feedfleet/problems';

import { mayLoad } from '../load-client.ts';
import { TargetCredentials } from './credentials.ts';
import { discoverPackages } from './discover-packages.ts';
import { discoverService } from './discover-service.ts';
import type { LoadTarget, TargetFeed } from './load-target.ts';
import { pushSamples, samplesToPrepare } from './prepare-packages.ts';
import { TargetQuestions } from './questions.ts';

export interface TargetOptions {
  /** Of a feed or of its service index; `{feed}` in it stands for each of `feeds`. */
  readonly url: string;
  readonly feeds: readonly string[];
  /** By id; none for what a search finds. */
  readonly packages: readonly string[];
  readonly key: string | undefined;
  /** Hosts that may be loaded beside this machine, as the user repeated them. */
  readonly mayLoad: readonly string[];
  /** Whether packages may be pushed so that there are some. */
  readonly prepare: boolean;
  /** Of the large package among them, in bytes. Default 8 MiB. */
  readonly largeBytes?: number;
  readonly signal: AbortSignal;
}

const LARGE_BYTES = 8 * 1024 ** 2;
export const MOST_FEEDS = 200;

/** @throws {ProblemError} `FF_USAGE`, `FF_UNREACHABLE` */
export async function openTarget(options: TargetOptions): Promise<LoadTarget> {
  const allowedHosts = new Set(options.mayLoad.map((host) => host.toLowerCase()));
  const { urls, credentials, shownUrl } = addressesOf(options);
  const [first] = urls;
  assertToldTwice(first, allowedHosts);
  const questions = new TargetQuestions({ credentials, allowedHosts, signal: options.signal });
  const feeds: TargetFeed[] = [];
  for (const url of urls) feeds.push(await openFeed(url, options, questions));
  const [feed, ...rest] = feeds;
  if (feed === undefined) throw new ProblemError('usage', { detail: '--feed: no feed was given' });
  return { shownUrl, credentials, hasKey: options.key !== undefined, allowedHosts, feeds: [feed, ...rest] };
}

function assertToldTwice(url: string, allowedHosts: ReadonlySet<string>): void {
  if (mayLoad(new URL(url), allowedHosts)) return;
  const { hostname } = new URL(url);
  throw new ProblemError('usage', {
    detail: `--target: ${hostname} is not this machine; whoever may load it says so twice: add --i-may-load ${hostname}`,
  });
}

async function openFeed(
  url: string,
  { packages, prepare, largeBytes = LARGE_BYTES }: TargetOptions,
  questions: TargetQuestions,
): Promise<TargetFeed> {
  const service = await discoverService(url, questions);
  if (prepare) await pushSamples(service, samplesToPrepare(largeBytes), questions);
  const [first, ...rest] = await discoverPackages(service, packages, questions);
  if (first !== undefined) return { ...service, packages: [first, ...rest] };
  throw new ProblemError('usage', {
    detail:
      `the feed ${service.name} shows no packages; name some with --package, or let load push ` +
      'its own with --prepare and a key that may push',
  });
}

interface Addresses {
  readonly urls: readonly [string, ...string[]];
  readonly credentials: TargetCredentials;
  readonly shownUrl: string;
}

function addressesOf({ url: given, feeds, key }: TargetOptions): Addresses {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new ProblemError('usage', {
      detail: `--target: expected an http or https URL, got "${withoutSecrets(given)}"`,
    });
  }
  const parsed = new URL(given);
  const user = decodeURIComponent(parsed.username);
  const basic = user === '' ? undefined : `${user}:${decodeURIComponent(parsed.password)}`;
  [parsed.username, parsed.password] = ['', ''];
  // A URL keeps no braces as they are.
  const url = parsed.href.replaceAll(/%7Bfeed%7D/gi, '{feed}').replace(/\/+$/, '');
  if (feeds.length > MOST_FEEDS) {
    throw new ProblemError('usage', { detail: `--feed: expected at most ${MOST_FEEDS} feeds, got ${feeds.length}` });
  }
  if (feeds.length === 0 && url.includes('{feed}')) {
    throw new ProblemError('usage', { detail: '--target: {feed} stands for feeds, and none was given with --feed' });
  }
  const [first, ...rest] = feeds.map((feed) => feedUrl(url, feed));
  return {
    urls: first === undefined ? [url] : [first, ...rest],
    credentials: new TargetCredentials(first ?? url, {
      ...(basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
      ...(key === undefined ? {} : { 'x-nuget-apikey': key }),
    }),
    shownUrl: withoutSecrets(first === undefined || rest.length > 0 ? url : first),
  };
}

function feedUrl(url: string, feed: string): string {
  const name = encodeURIComponent(feed);
  return url.includes('{feed}') ? url.replaceAll('{feed}', name) : `${url}/F/${name}`;
}

/** The keys that stand in paths of pre-authenticated feeds, and users in URLs. */
function withoutSecrets(url: string): string {
  return url.replace(/(\/auth\/)[^/?#]+/gi, '$1***').replace(/(:\/\/)[^/@]+@/g, '$1***@');
}
