/**
 * What a URL alone says: the feed, a key in it, the path below the family's mount.
 *
 * Clients ask the same URLs again and again, so what was taken apart is kept, within a bound, and with it the name of the last
 * answer that was looked for: a hot read composes no string.
 */
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
  /** What follows the mount, `/` at least. */
  readonly path: string;
  readonly #url: string;
  #origin = '';
  #isGzip = false;
  #answerKey = '';

  /**
   * @param url - path and query of a request.
   * @param mount - in lower case.
   * @throws {ProblemError} `FF_NO_SUCH_RESOURCE` for what is not below the mount of a feed.
   */
  constructor(url: string, mount: string) {
    const parsed = parseFeedPath(url);
    if (parsed === undefined) throw notServed(mount);
    this.#url = url;
    this.feedName = parsed.feedName;
    this.pathKey = parsed.pathKey;
    this.feedPath = parsed.feedPath;
    this.path = pathBelow(mount, parsed.rest);
  }

  /** Names the answer among those of all URLs, origins and encodings. */
  answerKey(origin: string, isGzip: boolean): string {
    if (this.#answerKey === '' || origin !== this.#origin || isGzip !== this.#isGzip) {
      this.#origin = origin;
      this.#isGzip = isGzip;
      this.#answerKey = `${isGzip ? 'gzip' : ''}\n${origin}\n${this.#url}`;
    }
    return this.#answerKey;
  }
}

export class FeedTargets {
  readonly #mount: string;
  readonly #known = new Map<string, FeedTarget>();

  /** @param mount - in lower case. */
  constructor(mount: string) {
    this.#mount = mount;
  }

  /** @throws as `FeedTarget`. */
  of(url: string): FeedTarget {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const target = new FeedTarget(url, this.#mount);
    if (url.length > MAX_REMEMBERED_CHARACTERS) return target;
    if (this.#known.size >= MAX_TARGETS) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }
}

/** The mount is matched without case, as everything below `/F/`. */
function pathBelow(mount: string, rest: string): string {
  if (rest === '') {
    if (mount === '') return '/';
    throw notServed(mount);
  }
  if (mount === '') return rest;
  const isBelow = rest.length === mount.length || rest.charCodeAt(mount.length) === 0x2f;
  if (!isBelow || (!rest.startsWith(mount) && rest.slice(0, mount.length).toLowerCase() !== mount)) {
    throw notServed(mount);
  }
  return rest.length === mount.length ? '/' : rest.slice(mount.length);
}

function notServed(mount: string): ProblemError {
  return new ProblemError('noSuchResource', { detail: `this endpoint serves what is below /F/{feed}${mount}` });
}
