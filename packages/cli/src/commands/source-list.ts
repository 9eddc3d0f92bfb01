/** `feedfleet source list`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderSources } from '../sources/source-view.ts';

async function listSources(feed: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const sources = await registry.sources.list(feed, parts.signal);
  return { document: { sources }, text: renderSources(sources) };
}

export function sourceListCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'list',
    description: 'Lists the package sources of a feed, in the order in which they are preferred. Never a secret.',
    examples: [
      { says: 'All of them', command: 'feedfleet source list team' },
      {
        says: 'Those that lead back to this fleet',
        command: 'feedfleet source list team --json | jq -r \'.sources[] | select(.loop.state == "caught").name\'',
      },
    ],
  })
    .argument('<owner>', 'name or alias of the feed')
    .action((feed: string, options: SharedOptions) =>
      runLeaf(parts, state, options, () => listSources(feed, options, parts)),
    );
}
