/** `feedfleet reroute set`, `list` and `clear`: requests for one family are served by another one's processes. */
import { createHash } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import type { BalancerState, Reroute } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { BalancerPort, CliParts, RegistryPort } from '../parts.ts';
import { parseExpiry } from '../quantities.ts';
import { renderReceipt } from '../receipt-view.ts';
import { stateOfAnyBalancer } from '../steering/any-balancer.ts';
import { byRegistry } from '../steering/by-registry.ts';
import { ofBalancers } from '../steering/of-balancers.ts';
import { addBreakGlass, type SteeringOptions } from '../steering/steering-options.ts';
import { actorOf, overrideEverywhere, tellBalancers } from '../steering/told-balancers.ts';
import { renderTable } from '../table.ts';

interface SetOptions extends SteeringOptions {
  readonly to: string;
  readonly feed?: string;
  readonly percent?: string;
  readonly for?: string;
  readonly reason?: string;
}

interface ClearOptions extends SteeringOptions {
  readonly feed?: string;
  readonly all?: boolean;
}

type Known = Pick<Reroute, 'id' | 'family' | 'to' | 'feed' | 'percent' | 'reason' | 'until' | 'actor'>;

const MAX_ID_CHARACTERS = 64;
const DIGEST_CHARACTERS = 16;

/** Names of feeds may be longer than an id: two that begin alike must not take each other's. */
function idOf(family: string, feed: string | undefined): string {
  const text = feed === undefined ? family : `${family}.${feed.toLowerCase()}`;
  if (text.length <= MAX_ID_CHARACTERS) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, DIGEST_CHARACTERS);
  return `${text.slice(0, MAX_ID_CHARACTERS - DIGEST_CHARACTERS - 1)}.${digest}`;
}

function percentOf(text: string | undefined): number {
  if (text === undefined) return 100;
  if (/^[1-9]\d?%?$|^100%?$/.test(text)) return Number.parseInt(text, 10);
  throw new ProblemError('usage', { detail: `--percent: expected a whole number from 1 to 100, got "${text}"` });
}

async function set(family: string, options: SetOptions, parts: CliParts): Promise<CommandResult> {
  const { to, feed, reason = '', breakGlass } = options;
  const until = options.for === undefined ? null : parseExpiry(options.for, parts.clock.now());
  const percent = percentOf(options.percent);
  const value = { family, to, percent, reason, until };
  const what = `${percent === 100 ? 'All' : `${percent} % of the`} requests for ${family}${feed === undefined ? '' : ` of the feed ${feed}`} go to ${to}`;
  const end = until === null ? '' : ` until ${until}`;
  if (breakGlass === true) {
    const override = { entity: 'reroute', id: idOf(family, feed), value: { ...value, feed: feed ?? null } } as const;
    return overrideEverywhere(options, parts, { ...override, done: `${what}${end}.` });
  }
  return byRegistry(options, parts, async (registry) => {
    const feedId = feed === undefined ? null : (await registry.feeds.get(feed, parts.signal)).id;
    const known = (await registry.reroutes.list(parts.signal)).find(
      (each) => each.family === family && each.feed === feedId,
    );
    const id = known?.id ?? idOf(family, feedId ?? undefined);
    const written = await registry.reroutes.put(id, { ...value, feed: feedId }, parts.signal);
    return { document: written, text: renderReceipt(`${what}${end}`, written.change) };
  });
}

function render(reroutes: readonly (Known & { readonly origin?: string })[], nameOf: (feed: string) => string): string {
  if (reroutes.length === 0) return 'No family is rerouted.\n';
  return renderTable(
    ['FAMILY', 'SERVED BY', 'FEED', 'SHARE', 'UNTIL', 'BY', 'SAID TO', 'REASON'],
    reroutes.map(({ family, to, feed, percent, until, actor, origin = 'registry', reason }) => [
      ...[family, to, feed === null ? 'all' : nameOf(feed), `${percent} %`, until ?? 'cleared', actor, origin, reason],
    ]),
  );
}

const isUnder =
  (nowMs: number) =>
  (reroute: Pick<Known, 'until'>): boolean =>
    reroute.until === null || Date.parse(reroute.until) > nowMs;

async function list(options: SteeringOptions, parts: CliParts): Promise<CommandResult> {
  const isActive = isUnder(parts.clock.now());
  if (options.breakGlass === true) {
    const state = await stateOfAnyBalancer(options, parts);
    const reroutes = state.reroutes.filter(isActive);
    return { document: { reroutes }, text: render(reroutes, (feed) => state.feeds[feed] ?? feed) };
  }
  return byRegistry(options, parts, async (registry) => {
    const said = await registry.reroutes.list(parts.signal);
    const reroutes = [...said, ...(await ofBalancers(options, parts, ({ reroutes: all }) => all))].filter(isActive);
    const names = new Map((await registry.feeds.list(parts.signal)).map(({ id, name }) => [id, name]));
    return { document: { reroutes }, text: render(reroutes, (feed) => names.get(feed) ?? feed) };
  });
}

/** @param family - undefined for all. */
async function clear(family: string | undefined, options: ClearOptions, parts: CliParts): Promise<CommandResult> {
  if ((family === undefined) !== (options.all === true)) {
    throw new ProblemError('usage', { detail: 'give a family, or --all for all of them' });
  }
  if (options.breakGlass === true) {
    return tellBalancers(options, parts, (balancer) => clearAt(balancer, { family, feed: options.feed }, parts));
  }
  return byRegistry(options, parts, (registry) => clearIn(registry, { family, feed: options.feed }, parts));
}

interface Asked {
  readonly family: string | undefined;
  readonly feed: string | undefined;
}

async function clearIn(registry: RegistryPort, { family, feed }: Asked, parts: CliParts): Promise<CommandResult> {
  const feedId = feed === undefined ? undefined : (await registry.feeds.get(feed, parts.signal)).id;
  const found = (await registry.reroutes.list(parts.signal)).filter(
    (each) => (family === undefined || each.family === family) && (feedId === undefined || each.feed === feedId),
  );
  if (found.length === 0) return { document: { cleared: [] }, text: 'There was nothing to clear.\n' };
  let text = '';
  for (const { id, family: of, to } of found) {
    const { change } = await registry.reroutes.delete(id, parts.signal);
    text += renderReceipt(`${of} is not rerouted to ${to} any more`, change);
  }
  return { document: { cleared: found.map(({ id }) => id) }, text };
}

/** Overrides go; what the registry says is overridden by nothing. */
async function clearAt(balancer: BalancerPort, { family, feed }: Asked, parts: CliParts): Promise<string> {
  const [actor, { signal }] = [actorOf(parts), parts];
  const before = await balancer.state(signal);
  const isMeant = (each: { readonly family: string; readonly feed?: string | null | undefined }): boolean =>
    (family === undefined || each.family === family) && (feed === undefined || isFeed(before, each.feed ?? null, feed));
  const own = before.overrides.filter(({ entity, value }) => entity === 'reroute' && value !== null && isMeant(value));
  for (const { id } of own) await balancer.clear({ entity: 'reroute', id }, actor, signal);
  const left = (await balancer.state(signal)).reroutes.filter((each) => each.origin !== 'override' && isMeant(each));
  for (const { id } of left) await balancer.override({ entity: 'reroute', id }, { value: null, actor }, signal);
  const cleared = own.length + left.length;
  return cleared === 0 ? 'there was nothing to clear' : `${cleared} cleared`;
}

function isFeed({ feeds }: Pick<BalancerState, 'feeds'>, id: string | null, word: string): boolean {
  if (id === null) return false;
  return id === word || feeds[id]?.toLowerCase() === word.toLowerCase();
}

export function rerouteSetCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'set',
    description:
      'Has the requests for a family served by the processes of another one, which stand in for it on the same paths: no client ' +
      'notices. One that is set already is replaced. default, v1, v2 and v3 stand in for each other.',
    examples: [
      { says: 'The default endpoint is in trouble', command: 'feedfleet reroute set default --to v2' },
      {
        says: 'A tenth of one feed, for two hours',
        command: 'feedfleet reroute set v3 --to v2 --feed acme --percent 10 --for 2h',
      },
      { says: 'The registry is dead', command: 'feedfleet reroute set default --to v2 --break-glass' },
    ],
  })
    .argument('<family>', 'whose requests are meant')
    .requiredOption('--to <family>', 'whose processes serve them')
    .option('--feed <feed>', 'only requests of this feed')
    .option('--percent <share>', 'only this share of the requests, from 1 to 100, drawn for each request')
    .option('--for <time>', 'ends by itself: 30m, 2h, 1d, or an instant')
    .option('--reason <text>', 'for those who see it later');
  return addBreakGlass(command).action((family: string, options: SetOptions) =>
    runLeaf(parts, state, options, () => set(family, options, parts)),
  );
}

export function rerouteListCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'list',
    description: 'Lists what is rerouted; with --break-glass as a balancer has it, with what it was told itself.',
    examples: [{ says: 'All', command: 'feedfleet reroute list' }],
  });
  return addBreakGlass(command).action((options: SteeringOptions) =>
    runLeaf(parts, state, options, () => list(options, parts)),
  );
}

export function rerouteClearCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'clear',
    description: 'Gives a family its requests back.',
    examples: [
      { says: 'The family is well again', command: 'feedfleet reroute clear default' },
      { says: 'Everything', command: 'feedfleet reroute clear --all' },
    ],
  })
    .argument('[family]', 'whose requests are meant')
    .option('--feed <feed>', 'only the reroute of this feed')
    .option('--all', 'of all families');
  return addBreakGlass(command).action((family: string | undefined, options: ClearOptions) =>
    runLeaf(parts, state, options, () => clear(family, options, parts)),
  );
}
