/** `feedfleet feed create`. */
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { addFeedOptions, feedChangesOf, type FeedOptions } from '../feed-options.ts';
import { renderFeed } from '../feed-view.ts';
import { renderReceipt } from '../receipt-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

async function createFeed(name: string, options: FeedOptions, parts: CliParts): Promise<CommandResult> {
  const changes = feedChangesOf(options);
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const feed = { name, visibility: 'public' as const, ...changes };
  const written = await registry.feeds.create(feed, parts.signal);
  return { document: written, text: renderFeed(written.feed) + renderReceipt('Created', written.change) };
}

export function feedCreateCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'create',
    description: 'Creates a feed. It is served at /F/<name> on every family as soon as the command ends well.',
    examples: [
      { says: 'A public feed', command: 'feedfleet feed create acme' },
      {
        says: 'A private feed, with a second name, where DELETE removes packages for good',
        command: 'feedfleet feed create acme-ci --private --alias ci --deletion delete --max-package-size 500MB',
      },
    ],
  }).argument('<name>', '1 to 100 letters, digits, ".", "_" or "-"; compared without case');
  return addFeedOptions(command).action((name: string, options: FeedOptions) =>
    runLeaf(parts, state, options, () => createFeed(name, options, parts)),
  );
}
