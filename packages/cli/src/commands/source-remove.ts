/** `feedfleet source remove`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';

interface SourceRemoveOptions extends SharedOptions {
  readonly dryRun?: boolean;
}

async function removeSource(
  at: { readonly feed: string; readonly source: string },
  options: SourceRemoveOptions,
  parts: CliParts,
): Promise<CommandResult> {
  const registry = parts.openRegistry(await findRegistry(options, parts));
  if (options.dryRun === true) {
    const effect = await registry.sources.effect(at.feed, { kind: 'remove', source: at.source }, parts.signal);
    return { document: effect, text: `${effect.effect.sentence}\n` };
  }
  const { change } = await registry.sources.delete(at.feed, at.source, parts.signal);
  return { document: { removed: at.source, change }, text: renderReceipt(`Removed ${at.source}`, change) };
}

export function sourceRemoveCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'remove',
    description: 'Removes a package source from a feed, with its credential. The packages of the feed itself stay.',
    examples: [
      { says: 'By its name', command: 'feedfleet source remove team partner' },
      { says: 'What that would change', command: 'feedfleet source remove team partner --dry-run' },
    ],
  })
    .argument('<owner>', 'name or alias of the feed that has the source')
    .argument('<source>', 'name or id of the source')
    .option('--dry-run', 'remove nothing, say what it would change')
    .action((feed: string, source: string, options: SourceRemoveOptions) =>
      runLeaf(parts, state, options, () => removeSource({ feed, source }, options, parts)),
    );
}
