/** `feedfleet feed show`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { renderFeed } from '../feed-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

async function showFeed(name: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const feed = await registry.feeds.get(name, parts.signal);
  return { document: { feed }, text: renderFeed(feed) };
}

export function feedShowCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'show',
    description: 'Shows one feed.',
    examples: [
      { says: 'By its name or an alias', command: 'feedfleet feed show acme' },
      {
        says: 'Only when it exists',
        command: 'feedfleet feed show acme >/dev/null 2>&1 || feedfleet feed create acme',
      },
    ],
  })
    .argument('<name>', 'name or alias of the feed')
    .action((name: string, options: SharedOptions) =>
      runLeaf(parts, state, options, () => showFeed(name, options, parts)),
    );
}
