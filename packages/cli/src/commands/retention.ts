/** `feedfleet retention preview` and `feedfleet retention run`. */
import type { Command } from 'commander';

import { exitCodes } from '../exit-codes.ts';
import { FeedRequests } from '../feed-requests.ts';
import { addFeedTarget } from '../feed-target-options.ts';
import type { FeedOptions } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { RETENTION, previewSchema, renderPlan, sweepSchema } from '../retention-answers.ts';

interface RetentionOptions extends SharedOptions, FeedOptions {}

async function preview(options: RetentionOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'manage');
  const plan = await requests.send({ method: 'GET', path: RETENTION, answer: previewSchema });
  return { document: plan, text: renderPlan(plan, 'would go') };
}

async function run(options: RetentionOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'manage');
  const result = await requests.send({ method: 'POST', path: RETENTION, answer: sweepSchema });
  const rest = result.isComplete ? '' : 'There is more to remove: run it again, or leave it to the fleet.\n';
  return {
    document: result,
    text: renderPlan(result, 'gone') + rest,
    exitCode: result.isComplete ? exitCodes.ok : exitCodes.failed,
  };
}

export function retentionPreviewCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'preview',
    description:
      'Tells which versions the retention of a feed would remove now, and which it would spare: pinned ones, and ' +
      'those that something that stays depends on.',
    examples: [{ says: 'Before it is done', command: 'feedfleet retention preview --feed acme' }],
  });
  return addFeedTarget(command).action((options: RetentionOptions) =>
    runLeaf(parts, state, options, () => preview(options, parts)),
  );
}

export function retentionRunCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'run',
    description:
      'Removes at once, for good, what the retention of a feed lets go. The fleet does the same by itself, some ' +
      'time after each change. The policy is set by feed set --keep-stable and --keep-prerelease.',
    examples: [{ says: 'Now', command: 'feedfleet retention run --feed acme' }],
  });
  return addFeedTarget(command).action((options: RetentionOptions) =>
    runLeaf(parts, state, options, () => run(options, parts)),
  );
}
