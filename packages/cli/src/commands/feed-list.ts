/** `feedfleet feed list`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { renderFeeds } from '../feed-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

async function listFeeds(options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const feeds = await registry.feeds.list(parts.signal);
  return { document: { feeds }, text: renderFeeds(feeds) };
}

export function feedListCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'list',
    description: 'Lists the feeds.',
    examples: [
      { says: 'All feeds', command: 'feedfleet feed list' },
      {
        says: 'The names of the private ones',
        command: 'feedfleet feed list --json | jq -r \'.feeds[] | select(.visibility == "private").name\'',
      },
    ],
  }).action((options: SharedOptions) => runLeaf(parts, state, options, () => listFeeds(options, parts)));
}
