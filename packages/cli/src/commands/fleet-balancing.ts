/** `feedfleet fleet balancing`: how the requests of a family are shared and bounded. */
import { ProblemError } from '@feedfleet/problems';
import type { FamilyBalancing } from '@feedfleet/registry-client';
import { Option, type Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';
import { renderProperties } from '../table.ts';

interface BalancingOptions extends SharedOptions {
  readonly policy?: FamilyBalancing['policy'];
  readonly shardSize?: string;
  readonly maxConcurrent?: string;
  readonly maxQueue?: string;
  readonly queueMs?: string;
  readonly retries?: 'on' | 'off';
  readonly hedgeAfterMs?: string;
  readonly autoRerouteTo?: string;
}

function whole(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ProblemError('usage', { detail: `${option}: expected a whole number, got "${text}"` });
}

/** Only what is given; the registry checks ranges and families. */
function changesOf(options: BalancingOptions): Partial<FamilyBalancing> {
  const { policy, shardSize, maxConcurrent, maxQueue, queueMs, retries, hedgeAfterMs, autoRerouteTo } = options;
  return {
    ...(policy !== undefined && { policy }),
    ...(shardSize !== undefined && { shardSize: whole('--shard-size', shardSize) }),
    ...(maxConcurrent !== undefined && { maxConcurrent: whole('--max-concurrent', maxConcurrent) }),
    ...(maxQueue !== undefined && { maxQueue: whole('--max-queue', maxQueue) }),
    ...(queueMs !== undefined && { queueMs: whole('--queue-ms', queueMs) }),
    ...(retries !== undefined && { retries: retries === 'on' }),
    ...(hedgeAfterMs !== undefined && {
      hedgeAfterMs: hedgeAfterMs === 'never' ? null : whole('--hedge-after-ms', hedgeAfterMs),
    }),
    ...(autoRerouteTo !== undefined && { autoRerouteTo: autoRerouteTo === 'none' ? null : autoRerouteTo }),
  };
}

function render(family: string, balancing: FamilyBalancing): string {
  return renderProperties([
    ['Family', family],
    [
      'Policy',
      balancing.policy === 'rendezvous' ? `rendezvous, ${balancing.shardSize} instances for a feed` : balancing.policy,
    ],
    ['At one instance', `${balancing.maxConcurrent} requests at most`],
    ['Waiting', `${balancing.maxQueue} of each class at most, for ${balancing.queueMs} ms`],
    ['Retries', balancing.retries ? 'at another instance' : 'none'],
    ['Hedging', balancing.hedgeAfterMs === null ? 'never' : `after ${balancing.hedgeAfterMs} ms`],
    ['Rerouted by itself', balancing.autoRerouteTo === null ? 'never' : `to ${balancing.autoRerouteTo}`],
  ]);
}

async function balancing(family: string, options: BalancingOptions, parts: CliParts): Promise<CommandResult> {
  const changes = changesOf(options);
  const registry = parts.openRegistry(await findRegistry(options, parts));
  if (Object.keys(changes).length > 0) {
    const written = await registry.families.update(family, { balancing: changes }, parts.signal);
    const text = render(family, written.family.balancing) + renderReceipt('Changed', written.change);
    return { document: written, text };
  }
  const families = await registry.families.list(parts.signal);
  const found = families.find(({ id }) => id === family);
  if (found === undefined) {
    const known = families.map(({ id }) => id).join(', ');
    throw new ProblemError('noSuchEntity', { detail: `there is no family ${family}, only ${known}` });
  }
  return { document: { family: found }, text: render(family, found.balancing) };
}

export function fleetBalancingCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'balancing',
    description: 'Shows how the requests of a family are shared and bounded, and changes what is given.',
    examples: [
      { says: 'As it is', command: 'feedfleet fleet balancing v2' },
      {
        says: 'Each feed on the same two instances',
        command: 'feedfleet fleet balancing v3 --policy rendezvous --shard-size 2',
      },
      { says: 'v2 takes over while default fails', command: 'feedfleet fleet balancing default --auto-reroute-to v2' },
    ],
  })
    .argument('<family>', 'id of the family, as fleet status shows it')
    .addOption(
      new Option('--policy <policy>', 'how an instance is chosen').choices([
        'least-loaded',
        'round-robin',
        'rendezvous',
      ]),
    )
    .option('--shard-size <n>', 'instances that each feed is spread among, with rendezvous')
    .option('--max-concurrent <n>', 'most requests under way at one instance')
    .option('--max-queue <n>', 'most requests of one class that wait')
    .option('--queue-ms <ms>', 'how long a request waits at most')
    .addOption(new Option('--retries <word>', 'whether another instance is tried').choices(['on', 'off']))
    .option('--hedge-after-ms <ms>', 'after how long another instance is asked too, or never')
    .option('--auto-reroute-to <family>', 'which family takes over while this one fails, or none')
    .action((family: string, options: BalancingOptions) =>
      runLeaf(parts, state, options, () => balancing(family, options, parts)),
    );
}
