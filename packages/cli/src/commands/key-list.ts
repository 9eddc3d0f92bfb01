/** `feedfleet key list`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { keyViewOf, renderKeys } from '../key-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

async function listKeys(options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const [keys, feeds] = await Promise.all([registry.keys.list(parts.signal), registry.feeds.list(parts.signal)]);
  const views = keys.map((key) => keyViewOf(key, feeds, parts.clock.now()));
  return { document: { keys: views }, text: renderKeys(views) };
}

export function keyListCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'list',
    description: 'Lists the API keys: what each allows, never the key itself.',
    examples: [
      { says: 'All keys', command: 'feedfleet key list' },
      {
        says: 'Ids of what has expired',
        command: 'feedfleet key list --json | jq -r \'.keys[] | select(.state == "expired").id\'',
      },
    ],
  }).action((options: SharedOptions) => runLeaf(parts, state, options, () => listKeys(options, parts)));
}
