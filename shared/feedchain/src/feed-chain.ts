/**
 * The header `X-NuGet-Feedchain`: the feeds that a query has come through, the oldest first. `docs/feedchain.md` publishes it.
 *
 * Own elements are those whose MAC verifies. Whatever else is in a chain counts for its depth and hides nothing from anybody.
 */
import { ProblemError } from '@feedfleet/problems';

import { parseChain, serializeChain, serializeElement } from './chain-grammar.ts';
import type { ChainElement } from './chain-grammar.ts';
import type { FleetChain } from './fleet-chain.ts';
import { expiryGraceMs, readOwnElement, signedElement } from './own-element.ts';
import type { OwnElement } from './own-element.ts';

export const FEEDCHAIN_HEADER = 'x-nuget-feedchain';

/** Bounds of a chain, as received and as sent. */
export const FEEDCHAIN_BOUNDS = {
  /** Elements, also those that somebody on the way took out again. */
  maxElements: 32,
  /** Characters of all lines of the header together. */
  maxCharacters: 2048,
} as const;

export interface ReadableChain {
  readonly outcome: 'chain';
  readonly elements: readonly ChainElement[];
  /** All lines as one, without needless blanks and quotes. */
  readonly text: string;
  /** This fleet's, verified and not expired, the oldest first. */
  readonly own: readonly OwnElement[];
  /** The last element is this fleet's, verified, and asks the target feed for what it has itself. */
  readonly isLeaf: boolean;
  /** How many feeds the query has come through, at least. */
  readonly depth: number;
  /** How many upstream requests this fleet still allows to whoever answers the query; `null` when it was never asked. */
  readonly breadth: number | null;
}

export type ReceivedChain =
  | { readonly outcome: 'none' }
  | ReadableChain
  /** 400. */
  | { readonly outcome: 'malformed'; readonly detail: string }
  /** 508; the detail holds the chain. */
  | { readonly outcome: 'tooLong'; readonly detail: string }
  /** 504: a leaf request of this fleet that nobody waits for any more. */
  | { readonly outcome: 'expired'; readonly detail: string };

export interface ChainCheck {
  readonly fleet: FleetChain;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** The feed that the request names. */
  readonly targetFeedId: string;
}

/** Values of the header's lines, or none when `Connection` names it: then it was for the last hop only. */
function linesOf(rawHeaders: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let isNamed = false;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length !== FEEDCHAIN_HEADER.length && name.length !== 'connection'.length) continue;
    const lower = name.toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    if (lower === FEEDCHAIN_HEADER) lines.push(value);
    else if (lower === 'connection') isNamed ||= namesFeedChain(value);
  }
  return isNamed ? [] : lines;
}

function namesFeedChain(connection: string): boolean {
  return connection.split(',').some((option) => option.trim().toLowerCase() === FEEDCHAIN_HEADER);
}

/** The chain for the reader of a problem: printable, and no longer than a chain may be. */
function shownChain(text: string): string {
  const printable = text.slice(0, FEEDCHAIN_BOUNDS.maxCharacters).replace(/[^\x20-\x7e]/g, '?');
  return text.length > FEEDCHAIN_BOUNDS.maxCharacters ? `${printable}...` : printable;
}

const tooLong = (what: string, text: string): ReceivedChain => ({
  outcome: 'tooLong',
  detail: `The query came through too many feeds: its ${FEEDCHAIN_HEADER} has ${what}. It was: ${shownChain(text)}`,
});

interface Judged {
  readonly own: readonly OwnElement[];
  readonly isLeaf: boolean;
  readonly isExpiredLeaf: boolean;
  readonly depth: number;
  readonly breadth: number | null;
}

/** Only the last element can be a leaf, and only for the feed that it was made for: elsewhere it is as good as foreign. */
function judge(elements: readonly ChainElement[], { fleet, nowMs, targetFeedId }: ChainCheck): Judged {
  const own: OwnElement[] = [];
  let isLeaf = false;
  let isExpiredLeaf = false;
  let depth = 0;
  let breadth: number | null = null;
  for (const [index, element] of elements.entries()) {
    depth += 1;
    const found = readOwnElement(fleet, element, elements.slice(0, index));
    if (found === undefined) continue;
    const isForHere = index === elements.length - 1 && found.leafOf === fleet.tokenOf(targetFeedId);
    if (found.leafOf !== null && !isForHere) continue;
    depth = Math.max(depth, found.hops);
    if (!isForHere) breadth = Math.min(breadth ?? Infinity, found.breadth);
    if (found.deadlineMs + expiryGraceMs < nowMs) isExpiredLeaf ||= isForHere;
    else {
      own.push(found);
      isLeaf = isForHere;
    }
  }
  return { own, isLeaf, isExpiredLeaf, depth, breadth };
}

/**
 * Reads the feed chain of a request. Never throws, whatever was sent.
 *
 * @param rawHeaders - names and values in turn, as `IncomingMessage.rawHeaders` has them.
 */
export function readFeedChain(rawHeaders: readonly string[], check: ChainCheck): ReceivedChain {
  const lines = linesOf(rawHeaders);
  if (lines.length === 0) return { outcome: 'none' };
  const joined = lines.join(', ');
  const { maxCharacters, maxElements } = FEEDCHAIN_BOUNDS;
  if (joined.length > maxCharacters) return tooLong(`more than ${maxCharacters} characters`, joined);
  const parsed = parseChain(joined, maxElements);
  if (parsed.outcome === 'malformed') {
    return { outcome: 'malformed', detail: `${FEEDCHAIN_HEADER}, ${parsed.detail}.` };
  }
  if (parsed.outcome === 'tooManyElements') return tooLong(`more than ${maxElements} elements`, joined);
  const { elements } = parsed;
  if (elements.length === 0) return { outcome: 'none' };
  const { isExpiredLeaf, ...judged } = judge(elements, check);
  if (isExpiredLeaf) return { outcome: 'expired', detail: 'The request for one part of an answer came too late.' };
  if (judged.depth > maxElements) return tooLong(`come through more than ${maxElements} feeds`, joined);
  return { outcome: 'chain', elements, text: serializeChain(elements), ...judged };
}

/** The problem that a chain is refused with; `undefined` when it is not. */
export function feedChainProblem(received: ReceivedChain): ProblemError | undefined {
  switch (received.outcome) {
    case 'none':
    case 'chain':
      return undefined;
    case 'malformed':
      return new ProblemError('malformedFeedChain', { detail: received.detail });
    case 'tooLong':
      return new ProblemError('feedChainTooLong', { detail: received.detail });
    case 'expired':
      return new ProblemError('deadlineExceeded', { detail: received.detail });
  }
}

export interface OwnStep {
  readonly fleet: FleetChain;
  /** The feed that asks. */
  readonly feedId: string;
  /** The feed of this fleet that is asked for what it has itself; left out for what may expand further. */
  readonly leafOf?: string;
  /** When nobody waits for the answer any more: milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Upstream requests that the query may still cause. A leaf causes none. */
  readonly breadth: number;
}

export type WrittenChain =
  | { readonly outcome: 'written'; readonly text: string }
  /** 508. */
  | { readonly outcome: 'tooLong'; readonly detail: string };

/** The value of the header for an upstream request: what was received, and an element of this fleet's. */
export function writeFeedChain(received: ReceivedChain, step: OwnStep): WrittenChain {
  const before = received.outcome === 'chain' ? received : { elements: [], text: '', depth: 0 };
  const content: OwnElement = {
    token: step.fleet.tokenOf(step.feedId),
    hops: before.depth + 1,
    breadth: step.leafOf === undefined ? Math.max(0, Math.floor(step.breadth)) : 0,
    deadlineMs: Math.max(0, Math.floor(step.deadlineMs)),
    leafOf: step.leafOf === undefined ? null : step.fleet.tokenOf(step.leafOf),
  };
  const element = serializeElement(signedElement(step.fleet, content, before.elements));
  const text = before.text === '' ? element : `${before.text}, ${element}`;
  const { maxCharacters, maxElements } = FEEDCHAIN_BOUNDS;
  if (content.hops <= maxElements && before.elements.length < maxElements && text.length <= maxCharacters) {
    return { outcome: 'written', text };
  }
  return {
    outcome: 'tooLong',
    detail: `The query came through so many feeds that no further one can be asked: ${shownChain(before.text)}`,
  };
}

/**
 * What tells one chain from another for those who keep answers that vary by it: the ids in order, without what changes with each
 * request. Empty for no chain, and for what is none.
 */
export function chainVariant(text: string): string {
  const parsed = parseChain(text, FEEDCHAIN_BOUNDS.maxElements);
  return parsed.outcome === 'parsed' ? parsed.elements.map(({ id }) => id).join(',') : '';
}
