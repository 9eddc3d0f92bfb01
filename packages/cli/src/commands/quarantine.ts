/** `feedfleet quarantine add`, `list` and `remove`: feeds that are kept apart from the others. */
import type { Quarantine } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { parseExpiry } from '../quantities.ts';
import { renderReceipt } from '../receipt-view.ts';
import { stateOfAnyBalancer } from '../steering/any-balancer.ts';
import { byRegistry } from '../steering/by-registry.ts';
import { ofBalancers } from '../steering/of-balancers.ts';
import { addBreakGlass, type SteeringOptions } from '../steering/steering-options.ts';
import { actorOf, overrideEverywhere, tellBalancers } from '../steering/told-balancers.ts';
import { renderTable } from '../table.ts';

interface AddOptions extends SteeringOptions {
  readonly for?: string;
  readonly reason?: string;
}

async function add(feed: string, options: AddOptions, parts: CliParts): Promise<CommandResult> {
  const until = options.for === undefined ? null : parseExpiry(options.for, parts.clock.now());
  const value = { reason: options.reason ?? '', until };
  const what = `The feed ${feed} is in quarantine${until === null ? '' : ` until ${until}`}`;
  if (options.breakGlass === true) {
    return overrideEverywhere(options, parts, { entity: 'quarantine', id: feed, value, done: `${what}.` });
  }
  return byRegistry(options, parts, async (registry) => {
    const written = await registry.quarantines.put(feed, value, parts.signal);
    return { document: written, text: renderReceipt(what, written.change) };
  });
}

function render(
  quarantines: readonly (Quarantine & { readonly origin?: string })[],
  nameOf: (feed: string) => string,
): string {
  if (quarantines.length === 0) return 'No feed is in quarantine.\n';
  const rows = quarantines.map(({ id, until, actor, origin = 'registry', reason }) => [
    ...[nameOf(id), until ?? 'removed', actor, origin, reason],
  ]);
  return renderTable(['FEED', 'UNTIL', 'BY', 'SAID TO', 'REASON'], rows);
}

async function list(options: SteeringOptions, parts: CliParts): Promise<CommandResult> {
  const now = parts.clock.now();
  const isActive = ({ until }: Quarantine): boolean => until === null || Date.parse(until) > now;
  if (options.breakGlass === true) {
    const state = await stateOfAnyBalancer(options, parts);
    const quarantines = state.quarantines.filter(isActive);
    return { document: { quarantines }, text: render(quarantines, (feed) => state.feeds[feed] ?? feed) };
  }
  return byRegistry(options, parts, async (registry) => {
    const said = await registry.quarantines.list(parts.signal);
    const quarantines = [...said, ...(await ofBalancers(options, parts, ({ quarantines: all }) => all))].filter(
      isActive,
    );
    const names = new Map((await registry.feeds.list(parts.signal)).map(({ id, name }) => [id, name]));
    return { document: { quarantines }, text: render(quarantines, (feed) => names.get(feed) ?? feed) };
  });
}

async function remove(feed: string, options: SteeringOptions, parts: CliParts): Promise<CommandResult> {
  const what = `The feed ${feed} is not in quarantine any more`;
  if (options.breakGlass === true) {
    return tellBalancers(options, parts, async (balancer) => {
      // The feed's id is the balancer's to find. Both what it was told itself and what the registry says is overridden by nothing.
      const value = { value: null, actor: actorOf(parts) };
      await balancer.override({ entity: 'quarantine', id: feed }, value, parts.signal);
      return `${what}.`;
    });
  }
  return byRegistry(options, parts, async (registry) => {
    const { change } = await registry.quarantines.delete(feed, parts.signal);
    return { document: { removed: feed, change }, text: renderReceipt(what, change) };
  });
}

export function quarantineAddCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'add',
    description:
      'Keeps a feed apart from the others: on instances of its own where there are some, else with a small limit.',
    examples: [
      { says: 'A feed that takes all', command: "feedfleet quarantine add acme --for 2h --reason 'import job'" },
    ],
  })
    .argument('<feed>', 'name or alias of the feed')
    .option('--for <time>', 'ends by itself: 30m, 2h, 1d, or an instant')
    .option('--reason <text>', 'for those who see it later');
  return addBreakGlass(command).action((feed: string, options: AddOptions) =>
    runLeaf(parts, state, options, () => add(feed, options, parts)),
  );
}

export function quarantineListCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'list',
    description:
      'Lists the feeds in quarantine, also those that balancers keep apart by themselves; with --break-glass as a balancer has it.',
    examples: [{ says: 'All', command: 'feedfleet quarantine list' }],
  });
  return addBreakGlass(command).action((options: SteeringOptions) =>
    runLeaf(parts, state, options, () => list(options, parts)),
  );
}

export function quarantineRemoveCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'remove',
    description: 'Lets a feed back among the others.',
    examples: [{ says: 'By name', command: 'feedfleet quarantine remove acme' }],
  }).argument('<feed>', 'name or alias of the feed');
  return addBreakGlass(command).action((feed: string, options: SteeringOptions) =>
    runLeaf(parts, state, options, () => remove(feed, options, parts)),
  );
}
