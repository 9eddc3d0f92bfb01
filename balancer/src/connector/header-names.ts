/**
 * What a field's name means to us, looked up instead of worked out: the same few dozen spellings come with every message.
 *
 * Source: RFC 9110, section 5.1 "Field Names", and section 7.6.1 "Connection".
 */

/** Fields that the connector reads itself; `other` passes through. */
export type HeaderRole =
  'connection' | 'content-length' | 'transfer-encoding' | 'keep-alive' | 'host' | 'hop' | 'other';

export interface HeaderName {
  readonly lower: string;
  readonly role: HeaderRole;
}

/** Spellings that are remembered. Those of clients are theirs to choose, so the memory has a bound and no favourites. */
const MAX_KNOWN = 1_024;
const MAX_KNOWN_LENGTH = 64;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

export class HeaderNames {
  readonly #known = new Map<string, HeaderName>();
  readonly #hop: ReadonlySet<string>;

  /** @param hop - fields of one connection, lower case, which end here. */
  constructor(hop: ReadonlySet<string>) {
    this.#hop = hop;
  }

  /** @returns `undefined` for what is no name at all. */
  of(spelled: string): HeaderName | undefined {
    return this.#known.get(spelled) ?? this.#look(spelled);
  }

  #look(spelled: string): HeaderName | undefined {
    if (!TOKEN.test(spelled)) return undefined;
    const lower = spelled.toLowerCase();
    const name = { lower, role: this.#roleOf(lower) };
    if (spelled.length <= MAX_KNOWN_LENGTH) {
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.set(spelled, name);
    }
    return name;
  }

  #roleOf(lower: string): HeaderRole {
    switch (lower) {
      case 'connection':
      case 'content-length':
      case 'transfer-encoding':
      case 'keep-alive':
      case 'host':
        return lower;
      default:
        return this.#hop.has(lower) ? 'hop' : 'other';
    }
  }
}
