/** Builds the texts of hostile chains: elements that are signed, then spoilt as the corpus says. */
import { signedElement } from './own-element.ts';
import { parseChain, serializeElement } from './chain-grammar.ts';
import type { ChainElement, ChainParameter } from './chain-grammar.ts';
import type { FleetChain } from './fleet-chain.ts';

export interface Forge {
  readonly fleet: FleetChain;
  readonly otherFleet: FleetChain;
  readonly nowMs: number;
  readonly feedIdOf: (name: string) => string;
}

const placeholder = /\{([a-zA-Z]+)(?::([^|}@]*))?(?:@([^|}]*))?((?:\|[^}]*)?)\}/g;

type Spoil = (element: ChainElement, argument: string, forge: Forge) => ChainElement;

const mapped = (
  element: ChainElement,
  name: string,
  change: (parameter: ChainParameter) => ChainParameter[],
): ChainElement => ({
  ...element,
  parameters: element.parameters.flatMap((each) => (each.name === name ? change(each) : [each])),
});
const flipped = (text: string): string => text.slice(0, -2) + (text.at(-2) === 'A' ? 'B' : 'A') + text.slice(-1);
const split = (argument: string): [string, string] => {
  const at = argument.indexOf('=');
  return [argument.slice(0, at), argument.slice(at + 1)];
};
const changedMac = (element: ChainElement, change: (mac: string) => string): ChainElement =>
  mapped(element, 'mac', ({ name, value }) => [{ name, value: change(value) }]);

/** What is done to an element before it is written. */
const spoils: Readonly<Record<string, Spoil>> = {
  bare: ({ id }) => ({ id, parameters: [] }),
  drop: (element, name) => mapped(element, name, () => []),
  dup: (element, name) => mapped(element, name, (each) => [each, each]),
  set: (element, argument) => {
    const [name, value] = split(argument);
    return mapped(element, name, () => [{ name, value: value === '""' ? '' : value }]);
  },
  before: (element, argument) => {
    const [name, value] = split(argument);
    return mapped(element, name, (each) => [{ name, value }, each]);
  },
  rename: (element, argument) => {
    const [name, other] = split(argument);
    return mapped(element, name, ({ value }) => [{ name: other, value }]);
  },
  upper: (element, name) => mapped(element, name, ({ value }) => [{ name: name.toUpperCase(), value }]),
  as: (element, name, { fleet, feedIdOf }) => ({ ...element, id: fleet.tokenOf(feedIdOf(name)) }),
  leafmark: (element, _, { fleet, feedIdOf }) => ({
    ...element,
    parameters: [...element.parameters, { name: 'leaf', value: fleet.tokenOf(feedIdOf('target')) }],
  }),
  swap: ({ id, parameters }) => ({ id, parameters: parameters.toReversed() }),
  lowerid: (element) => ({ ...element, id: element.id.toLowerCase() }),
  upperid: (element) => ({ ...element, id: element.id.toUpperCase() }),
  flipid: (element) => ({ ...element, id: flipped(element.id) }),
  lowermac: (element) => changedMac(element, (mac) => mac.toLowerCase()),
  cutmac: (element, count) => changedMac(element, (mac) => mac.slice(0, mac.length - Number(count))),
  flip: (element) => changedMac(element, flipped),
};

/** What is done to the text of an element. */
const rewrites: Readonly<Record<string, (text: string, argument: string) => string>> = {
  append: (text, argument) => text + argument,
  keep: (text, count) => text.slice(0, Number(count)),
  space: (text) => text.replaceAll(';', ' \t; '),
  quote: (text) => text.replace(/=([^;]*)/g, '="$1"'),
  escape: (text) => text.replace(/=([^;]*)/g, (_, value: string) => `="${value.replace(/./g, '\\$&')}"`),
};

const untilMs: Readonly<Record<string, number>> = { barely: -20_000, expired: -40_000, expiredLeaf: -40_000 };

function signed(kind: string, feed: string, before: readonly ChainElement[], forge: Forge): ChainElement {
  const { otherFleet, nowMs, feedIdOf } = forge;
  const fleet = kind.startsWith('other') ? otherFleet : forge.fleet;
  const leafTarget = kind === 'leafElsewhere' ? 'gamma' : 'target';
  const isLeaf = /leaf/i.test(kind);
  return signedElement(
    fleet,
    {
      token: fleet.tokenOf(feedIdOf(feed)),
      hops: kind === 'far' ? 20 : before.length + 1,
      breadth: isLeaf ? 0 : 100,
      deadlineMs: nowMs + (untilMs[kind] ?? 10_000),
      leafOf: isLeaf ? fleet.tokenOf(feedIdOf(leafTarget)) : null,
    },
    before,
  );
}

/** An element with an empty MAC is written as no program would write it. */
function written(element: ChainElement): string {
  return serializeElement(element).replace(/;mac=""$/, element.parameters.length === 4 ? ';mac=' : ';mac=""');
}

function elementText(
  kind: string,
  feed: string,
  made: { readonly after: string; readonly how: string },
  forge: Forge,
): string {
  const parsed = parseChain(made.after, 32);
  const before = parsed.outcome === 'parsed' ? parsed.elements : [];
  const steps = made.how
    .split('|')
    .slice(1)
    .map((step): [string, string] => {
      const colon = step.indexOf(':');
      return colon === -1 ? [step, ''] : [step.slice(0, colon), step.slice(colon + 1)];
    });
  let element = signed(kind, feed, before, forge);
  for (const [name, argument] of steps) element = spoils[name]?.(element, argument, forge) ?? element;
  let text = steps.some(([name]) => name === 'cutmac') ? written(element) : serializeElement(element);
  for (const [name, argument] of steps) text = rewrites[name]?.(text, argument) ?? text;
  const isAlone = made.after === '' || steps.some(([name]) => name === 'last');
  return isAlone ? text : `${made.after}, ${text}`;
}

/** The text of a line of the corpus, its placeholders replaced. */
export function hostileText(line: string, forge: Forge): string {
  return line
    .replace(/\{repeat:([^}]*):(\d+)\}/g, (_, text: string, count: string) => text.repeat(Number(count)))
    .replace(placeholder, (_, kind: string, argument: string | undefined, after: string | undefined, how: string) => {
      if (kind === 'repeatOwn')
        return Array.from({ length: Number(argument) }, () => hostileText('{own}', forge)).join(',');
      return elementText(kind, argument ?? 'alpha', { after: after ?? '', how }, forge);
    });
}
