/** `feedfleet source copies` and `feedfleet source drop-copies`. */
import type { Command } from 'commander';
import { z } from 'zod';

import { FeedRequests } from '../feed-requests.ts';
import { feedByNameOrUrl } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderTable } from '../table.ts';

/** Below the feed. */
const SOURCE_COPIES = '/api/manage/source-copies';

const copiesSchema = z.looseObject({
  sources: z.array(
    z.looseObject({
      source: z.looseObject({ id: z.string(), name: z.string().nullable() }),
      packages: z.number(),
      bytes: z.number(),
    }),
  ),
});
const removedSchema = z.looseObject({ packages: z.number() });

async function list(feed: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to({ ...options, ...feedByNameOrUrl(feed) }, parts, 'manage');
  const document = await requests.send({ method: 'GET', path: SOURCE_COPIES, answer: copiesSchema });
  const rows = document.sources.map(({ source, packages, bytes }) => [
    ...[source.name ?? `${source.id} (removed)`, String(packages), String(bytes)],
  ]);
  const text =
    rows.length === 0 ? 'Nothing is kept of any source.\n' : renderTable(['SOURCE', 'PACKAGES', 'BYTES'], rows);
  return { document, text };
}

async function drop(
  at: { readonly feed: string; readonly source: string },
  options: SharedOptions,
  parts: CliParts,
): Promise<CommandResult> {
  const requests = await FeedRequests.to({ ...options, ...feedByNameOrUrl(at.feed) }, parts, 'manage');
  const path = `${SOURCE_COPIES}?source=${encodeURIComponent(at.source)}`;
  const document = await requests.send({ method: 'DELETE', path, answer: removedSchema });
  return { document, text: `Removed ${document.packages} copied packages of ${at.source}.\n` };
}

export function sourceCopiesCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'copies',
    description: 'Tells how much a feed keeps of the sources that it mirrors.',
    examples: [{ says: 'Of all sources', command: 'feedfleet source copies team' }],
  })
    .argument('<feed>', 'name or alias of the feed on the fleet of this machine, or its URL')
    .action((feed: string, options: SharedOptions) => runLeaf(parts, state, options, () => list(feed, options, parts)));
}

export function sourceDropCopiesCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'drop-copies',
    description:
      'Removes the packages that a feed keeps of a source. They can be downloaded again while the source has them.',
    examples: [
      {
        says: 'Of a source that was removed, by its id',
        command: 'feedfleet source drop-copies team source-0123456789abcdef',
      },
    ],
  })
    .argument('<feed>', 'name or alias of the feed on the fleet of this machine, or its URL')
    .argument('<source>', 'name of the source, or its id when it was removed')
    .action((feed: string, source: string, options: SharedOptions) =>
      runLeaf(parts, state, options, () => drop({ feed, source }, options, parts)),
    );
}
