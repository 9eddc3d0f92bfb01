/** `feedfleet feed delete`. */
import type { Command } from 'commander';

import { confirmOrRefuse } from '../confirmation.ts';
import { findRegistry } from '../connection.ts';
import { renderReceipt } from '../receipt-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

/** Said before and after: nothing deletes packages on the word of the registry, whose data an old backup may have replaced. */
const PACKAGES_STAY = 'Its packages stay in the store and take up disk space, but no feed reaches them any more';

interface FeedDeleteOptions extends SharedOptions {
  readonly yes?: boolean;
}

async function deleteFeed(name: string, options: FeedDeleteOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const feed = await registry.feeds.get(name, parts.signal);
  await confirmOrRefuse(parts, {
    agreed: options.yes === true,
    question: `Delete the feed ${feed.name}, and the keys that are for it alone? This cannot be undone. ${PACKAGES_STAY}.`,
  });
  const { change } = await registry.feeds.delete(feed.id, parts.signal);
  const text = `${renderReceipt(`Deleted ${feed.name}`, change)}${PACKAGES_STAY}.\n`;
  return { document: { deleted: feed, change }, text };
}

export function feedDeleteCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'delete',
    description: `Deletes a feed, and the keys that are for it alone. ${PACKAGES_STAY}, also not a new one of the same name. Delete the versions first to free the space (feed set --deletion delete). Asks first; without a terminal, --yes must be given.`,
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
