/** `feedfleet feed delete`. */
import type { Command } from 'commander';

import { confirmOrRefuse } from '../confirmation.ts';
import { findRegistry } from '../connection.ts';
import { renderReceipt } from '../receipt-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

interface FeedDeleteOptions extends SharedOptions {
  readonly yes?: boolean;
}

async function deleteFeed(name: string, options: FeedDeleteOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const feed = await registry.feeds.get(name, parts.signal);
  await confirmOrRefuse(parts, {
    agreed: options.yes === true,
    question: `Delete the feed ${feed.name}, and the keys that are for it alone?`,
  });
  const { change } = await registry.feeds.delete(feed.id, parts.signal);
  return { document: { deleted: feed, change }, text: renderReceipt(`Deleted ${feed.name}`, change) };
}

export function feedDeleteCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'delete',
    description: 'Deletes a feed. Asks first; without a terminal, --yes must be given.',
    examples: [
      { says: 'Asks before it deletes', command: 'feedfleet feed delete acme' },
      { says: 'In a script', command: 'feedfleet feed delete acme --yes' },
    ],
  })
    .argument('<name>', 'name or alias of the feed')
    .option('--yes', 'do not ask')
    .action((name: string, options: FeedDeleteOptions) =>
      runLeaf(parts, state, options, () => deleteFeed(name, options, parts)),
    );
}
