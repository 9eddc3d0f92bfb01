/**
 * Elements of this fleet: what they say, and the MAC over it.
 *
 * The MAC is made over a form of its own, so that intermediaries may change blanks, quotes and the case of names. A leaf's MAC covers
 * all that came before too: nothing between two processes of the fleet has a reason to change that. The MAC of any other element does
 * not: a foreign stop may leave out what is not its own, and we still recognize ourselves.
 */
import { serializeChain } from './chain-grammar.ts';
import type { ChainElement } from './chain-grammar.ts';
import type { FleetChain } from './fleet-chain.ts';

export interface OwnElement {
  /** The feed that asked, as `FleetChain.tokenOf` names it. */
  readonly token: string;
  /** Feeds that the query had come through with this one. */
  readonly hops: number;
  /** Upstream requests that the query may still cause from here on. */
  readonly breadth: number;
  /** Until when the element counts: milliseconds since the epoch. */
  readonly deadlineMs: number;
  /** Token of the feed that is asked for what it has itself; `null` when the request may expand. */
  readonly leafOf: string | null;
}

/** How much the clocks of a fleet's machines may differ before a request of one is too old for another. */
export const expiryGraceMs = 30_000;

const numberPattern = /^(?:0|[1-9][0-9]{0,14})$/;

const parametersOf = ({ hops, breadth, deadlineMs, leafOf }: OwnElement) => [
  { name: 'hops', value: String(hops) },
  { name: 'breadth', value: String(breadth) },
  { name: 'deadline', value: String(deadlineMs) },
  ...(leafOf === null ? [] : [{ name: 'leaf', value: leafOf }]),
];

interface SignedParts {
  readonly token: string;
  /** `name=value`, in the order of `parametersOf`. */
  readonly parameters: readonly string[];
  /** As `serializeChain` writes it; only for a leaf. */
  readonly before?: string;
}

/** What the MAC is made over. */
export function signedLines({ token, parameters, before }: SignedParts): string {
  return [token, ...parameters, ...(before === undefined ? [] : [before])].join('\n');
}

function signedText(content: OwnElement, before: readonly ChainElement[]): string {
  const parameters = parametersOf(content).map(({ name, value }) => `${name}=${value}`);
  const { token, leafOf } = content;
  return signedLines({ token, parameters, ...(leafOf === null ? {} : { before: serializeChain(before) }) });
}

/** @param before - the elements that it is appended to. */
export function signedElement(fleet: FleetChain, content: OwnElement, before: readonly ChainElement[]): ChainElement {
  const mac = fleet.sign(signedText(content, before));
  return { id: content.token, parameters: [...parametersOf(content), { name: 'mac', value: mac }] };
}

/** Each name once, exactly those of ours: an element that somebody added to is not what we wrote. */
function valuesOf({ parameters }: ChainElement): ReadonlyMap<string, string> | undefined {
  const values = new Map(parameters.map(({ name, value }) => [name, value]));
  const expected = values.has('leaf') ? 5 : 4;
  return parameters.length === expected && values.size === expected ? values : undefined;
}

const numberOf = (text: string | undefined): number =>
  text !== undefined && numberPattern.test(text) ? Number(text) : NaN;

/** What an element says if it is this fleet's, expired or not; `undefined` when it is anybody else's, or forged. */
export function readOwnElement(
  fleet: FleetChain,
  element: ChainElement,
  before: readonly ChainElement[],
): OwnElement | undefined {
  const values = valuesOf(element);
  const mac = values?.get('mac');
  if (values === undefined || mac === undefined) return undefined;
  const content: OwnElement = {
    token: element.id,
    hops: numberOf(values.get('hops')),
    breadth: numberOf(values.get('breadth')),
    deadlineMs: numberOf(values.get('deadline')),
    leafOf: values.get('leaf') ?? null,
  };
  const isComplete = [content.hops, content.breadth, content.deadlineMs].every(Number.isSafeInteger);
  return isComplete && fleet.verifies(signedText(content, before), mac) ? content : undefined;
}
