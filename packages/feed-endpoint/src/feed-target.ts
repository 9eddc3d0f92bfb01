/**
 * What a URL alone says: the feed, a key in it, the path below the family's mount.
 *
 * Clients ask the same URLs again and again, so what was taken apart is kept, within a bound, and with it the name of the last
 * answer that was looked for: a hot read composes no string.
 */
import { findProbe } from '@feedfleet/feedchain';
import { ProblemError } from '@feedfleet/problems';
import { parseFeedPath } from '@feedfleet/registry-client';

/** URLs that are remembered; with one more, all are forgotten. */
const MAX_TARGETS = 4_096;
/** Longer URLs, in characters, are taken apart each time. */
const MAX_REMEMBERED_CHARACTERS = 512;

export class FeedTarget {
  /** Name or alias, as in the URL. */
  readonly feedName: string;
  /** A secret. */
  readonly pathKey: string | null;
  /** `/F/Name[/auth/KEY]` as typed. Holds a secret when the key is in it. */
  readonly feedPath: string;
  /** The one of the mounts that the URL is below. */
  readonly mount: string;
  /** What follows the mount, `/` at least. */
  readonly path: string;
  /** What looks like a probe for loops in it. */
  readonly probe: string | undefined;
  readonly #url: string;
  #origin = '';
  #isGzip = false;
  #variant = '';
  #answerKey = '';
  readonly #keyPrefix: string;

  /**
   * @param url - path and query of a request.
   * @param mounts - the longest first.
   * @param keyPrefix - keeps the answers of several protocols apart.
   * @throws {ProblemError} `FF_NO_SUCH_RESOURCE` for what is not below a mount of a feed.
   */
  constructor(url: string, mounts: readonly string[], keyPrefix: string) {
    const parsed = parseFeedPath(url);
    const mount = mounts.find((each) => isBelow(each, parsed?.rest ?? ''));
    if (parsed === undefined || mount === undefined) throw notServed(mounts);
    this.#url = url;
    this.#keyPrefix = keyPrefix;
    this.probe = findProbe(url);
    this.feedName = parsed.feedName;
    this.pathKey = parsed.pathKey;
    this.feedPath = parsed.feedPath;
    this.mount = mount;
    this.path = parsed.rest.length === mount.length ? '/' : parsed.rest.slice(mount.length);
  }

  /** Names the answer among those of all URLs, origins, encodings and variants. */
  answerKey(origin: string, isGzip: boolean, variant: string): string {
    const isSame = origin === this.#origin && isGzip === this.#isGzip && variant === this.#variant;
    if (this.#answerKey === '' || !isSame) {
      this.#origin = origin;
      this.#isGzip = isGzip;
      this.#variant = variant;
      this.#answerKey = `${this.#keyPrefix}${isGzip ? 'gzip' : ''}\n${variant}\n${origin}\n${this.#url}`;
    }
    return this.#answerKey;
  }
}

export class FeedTargets {
  readonly #mounts: readonly string[];
  readonly #keyPrefix: string;
  readonly #known = new Map<string, FeedTarget>();

  /** @param keyPrefix - as in `FeedTarget`. */
  constructor(mounts: readonly string[], keyPrefix: string) {
    this.#keyPrefix = keyPrefix;
    this.#mounts = mounts.toSorted((left, right) => right.length - left.length);
  }

  /** @throws as `FeedTarget`. */
  of(url: string): FeedTarget {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const target = new FeedTarget(url, this.#mounts, this.#keyPrefix);
    if (url.length > MAX_REMEMBERED_CHARACTERS) return target;
    if (this.#known.size >= MAX_TARGETS) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }
}

/** The mount is matched without case, as everything below `/F/`, and ends where a segment ends. */
function isBelow(mount: string, rest: string): boolean {
  if (rest.length > mount.length && rest.charCodeAt(mount.length) !== 0x2f) return false;
  return rest.startsWith(mount) || rest.slice(0, mount.length).toLowerCase() === mount.toLowerCase();
}

function notServed(mounts: readonly string[]): ProblemError {
  const served = mounts.map((mount) => `/F/{feed}${mount}`).join(', ');
  return new ProblemError('noSuchResource', { detail: `this endpoint serves what is below ${served}` });
}
