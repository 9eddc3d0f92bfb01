/** `feedfleet source pins` and `feedfleet source unpin`. */
import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';
import { z } from 'zod';

import { FeedRequests } from '../feed-requests.ts';
import { feedByNameOrUrl } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderTable } from '../table.ts';

/** Below the feed. */
const SOURCE_PINS = '/api/manage/source-pins';

const pageSchema = z.looseObject({
  pins: z.array(
    z.looseObject({
      id: z.string(),
      at: z.string(),
      source: z.looseObject({ id: z.string(), name: z.string().nullable() }),
    }),
  ),
  next: z.string().nullable(),
});
const removedSchema = z.looseObject({ removed: z.number() });

interface UnpinOptions extends SharedOptions {
  readonly source?: string;
}

async function list(feed: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to({ ...options, ...feedByNameOrUrl(feed) }, parts, 'manage');
  const pins: z.output<typeof pageSchema>['pins'] = [];
  let after: string | null = '';
  while (after !== null) {
    const path = `${SOURCE_PINS}?after=${encodeURIComponent(after)}`;
    const page: z.output<typeof pageSchema> = await requests.send({ method: 'GET', path, answer: pageSchema });
    pins.push(...page.pins);
    after = page.next;
  }
  const rows = pins.map(({ id, source, at }) => [id, source.name ?? `${source.id} (removed)`, at]);
  const text = rows.length === 0 ? 'No id is pinned to a source.\n' : renderTable(['ID', 'SOURCE', 'SINCE'], rows);
  return { document: { pins }, text };
}

async function unpin(
  at: { readonly feed: string; readonly id: string | undefined },
  options: UnpinOptions,
  parts: CliParts,
): Promise<CommandResult> {
  const { source } = options;
  if ((at.id === undefined) === (source === undefined)) {
    throw new ProblemError('usage', { detail: 'give a package id, or all ids of a source with --source' });
  }
  const requests = await FeedRequests.to({ ...options, ...feedByNameOrUrl(at.feed) }, parts, 'manage');
  const what = source === undefined ? `/${encodeURIComponent(at.id ?? '')}` : `?source=${encodeURIComponent(source)}`;
  const document = await requests.send({ method: 'DELETE', path: `${SOURCE_PINS}${what}`, answer: removedSchema });
  const who = document.removed === 1 ? '1 id: its' : `${document.removed} ids: their`;
  return { document, text: `Unpinned ${who} next download decides which source it is.\n` };
}

export function sourcePinsCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'pins',
    description: 'Lists which source a feed takes each id from: the one that served it first.',
    examples: [{ says: 'All', command: 'feedfleet source pins team' }],
  })
    .argument('<feed>', 'name or alias of the feed on the fleet of this machine, or its URL')
    .action((feed: string, options: SharedOptions) => runLeaf(parts, state, options, () => list(feed, options, parts)));
}

export function sourceUnpinCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'unpin',
    description: 'Lets another source serve an id: the next one that a package of it is downloaded from.',
    examples: [
      { says: 'An id that has moved', command: 'feedfleet source unpin team Acme.Core' },
      { says: 'All ids of a source that was replaced', command: 'feedfleet source unpin team --source partner' },
    ],
  })
    .argument('<feed>', 'name or alias of the feed on the fleet of this machine, or its URL')
    .argument('[id]', 'package id')
    .option('--source <source>', 'name of a source, or its id when it was removed: all of its ids')
    .action((feed: string, id: string | undefined, options: UnpinOptions) =>
      runLeaf(parts, state, options, () => unpin({ feed, id }, options, parts)),
    );
}
