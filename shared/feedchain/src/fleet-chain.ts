/**
 * What of feed chains belongs to this fleet: the ids of its feeds in chains, and the MAC that only this fleet can make.
 *
 * Source: RFC 2104 (HMAC); RFC 8586, section 4 (an id must not tell more than it has to, and elements can be forged).
 */
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import type { Feed, RegistryView } from '@feedfleet/registry-client';

const shortestKeyBytes = 32;
/** 128 bits, as base64url. */
const hashCharacters = 22;
const tokenPrefix = 'ff-';
/** More than a fleet has feeds; those of deleted feeds stay until it is reached. */
const mostTokensKept = 100_000;

export class FleetChain {
  /** Ready for use: a key as bytes makes each MAC take seven times as long. */
  readonly #key: KeyObject;
  readonly #tokens = new Map<string, string>();
  readonly #feedIds = new Map<string, string>();

  /**
   * @param key - the same in all processes of the fleet, and nowhere else. At least 32 bytes.
   * @throws {ProblemError} `FF_INVALID_ARGUMENT` when the key is shorter.
   */
  constructor(key: Buffer) {
    if (key.length < shortestKeyBytes) {
      throw new ProblemError('invalidArgument', {
        detail: `the key of the feed chain must have at least ${shortestKeyBytes} bytes, got ${key.length}`,
      });
    }
    this.#key = createSecretKey(key);
  }

  /** A feed's id in chains: a keyed hash, so that neither its name nor its id leaves the fleet. */
  tokenOf(feedId: string): string {
    const known = this.#tokens.get(feedId);
    if (known !== undefined) return known;
    if (this.#tokens.size >= mostTokensKept) {
      this.#tokens.clear();
      this.#feedIds.clear();
    }
    const token = tokenPrefix + this.#hash(`feed\n${feedId}`);
    this.#tokens.set(feedId, token);
    this.#feedIds.set(token, feedId);
    return token;
  }

  /** The feed of a token; all feeds are looked through once for a token that was not met before. */
  feedOf(view: RegistryView, token: string): Feed | undefined {
    const feedId = this.#feedIds.get(token);
    return feedId === undefined ? view.feeds.find((feed) => this.tokenOf(feed.id) === token) : view.feedById(feedId);
  }

  /** The MAC of a text, as a token of 22 characters. */
  sign(text: string): string {
    return this.#hash(`element\n${text}`);
  }

  /** Takes the same time wherever the two differ. */
  verifies(text: string, mac: string): boolean {
    return isEqualInTime(this.sign(text), mac);
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url').slice(0, hashCharacters);
  }
}

/** Takes the same time wherever the two differ. */
export function isEqualInTime(expected: string, given: string): boolean {
  const left = Buffer.from(expected, 'latin1');
  const right = Buffer.from(given, 'latin1');
  return left.length === right.length && timingSafeEqual(left, right);
}
