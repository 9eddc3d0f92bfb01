/** `feedfleet feed set`. */
import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { addFeedOptions, feedChangesOf, type FeedOptions } from '../feed-options.ts';
import { renderFeed } from '../feed-view.ts';
import { renderReceipt } from '../receipt-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

interface FeedSetOptions extends FeedOptions {
  readonly rename?: string;
  /** `--no-aliases` */
  readonly aliases: boolean;
}

async function setFeed(name: string, options: FeedSetOptions, parts: CliParts): Promise<CommandResult> {
  if (!options.aliases && options.alias !== undefined) {
    throw new ProblemError('usage', { detail: '--alias and --no-aliases contradict each other' });
  }
  const changes = {
    ...feedChangesOf(options),
    ...(options.rename === undefined ? {} : { name: options.rename }),
    ...(options.aliases ? {} : { aliases: [] }),
  };
  if (Object.keys(changes).length === 0) {
    throw new ProblemError('usage', { detail: 'nothing to change: give at least one option' });
  }
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const written = await registry.feeds.update(name, changes, parts.signal);
  return { document: written, text: renderFeed(written.feed) + renderReceipt('Changed', written.change) };
}

export function feedSetCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'set',
    description: 'Changes a feed: only what is given. Aliases that are given replace the ones that it had.',
    examples: [
      { says: 'Make it private', command: 'feedfleet feed set acme --private' },
      {
        says: 'Another name, the old one stays usable',
        command: 'feedfleet feed set acme --rename acme-net --alias acme',
      },
    ],
  }).argument('<name>', 'name or alias of the feed');
  return addFeedOptions(command)
    .option('--rename <name>', 'the new name')
    .option('--no-aliases', 'remove all aliases')
    .action((name: string, options: FeedSetOptions) =>
      runLeaf(parts, state, options, () => setFeed(name, options, parts)),
    );
}
