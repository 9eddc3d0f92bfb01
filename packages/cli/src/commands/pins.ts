/** `feedfleet pin`, `feedfleet unpin` and `feedfleet pins`. */
import type { Command } from 'commander';

import { FeedRequests } from '../feed-requests.ts';
import { addFeedTarget } from '../feed-target-options.ts';
import type { FeedOptions } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { PINS, anythingSchema, pinsSchema } from '../retention-answers.ts';
import { renderTable } from '../table.ts';

interface PinOptions extends SharedOptions, FeedOptions {
  readonly note?: string;
}

interface Pinned {
  readonly id: string;
  readonly version: string;
}

const pathOf = ({ id, version }: Pinned): string => `${PINS}/${encodeURIComponent(id)}/${encodeURIComponent(version)}`;

async function pin(pinned: Pinned, options: PinOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'manage');
  const body = { note: options.note ?? '' };
  const document = await requests.send({ method: 'PUT', path: pathOf(pinned), body, answer: anythingSchema });
  return { document, text: `Pinned ${pinned.id} ${pinned.version}: no retention removes it.\n` };
}

async function unpin(pinned: Pinned, options: PinOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'manage');
  const document = await requests.send({ method: 'DELETE', path: pathOf(pinned), answer: anythingSchema });
  return { document, text: `Unpinned ${pinned.id} ${pinned.version}.\n` };
}

async function list(options: PinOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'manage');
  const document = await requests.send({ method: 'GET', path: PINS, answer: pinsSchema });
  const rows = document.pins.map(({ id, normalizedVersion, at, note }) => [id, normalizedVersion, at, note]);
  return {
    document,
    text: rows.length === 0 ? 'No pins.\n' : renderTable(['ID', 'VERSION', 'SINCE', 'NOTE'], rows),
  };
}

export function pinCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'pin',
    description: 'Keeps a version from being removed by the retention of its feed.',
    examples: [
      {
        says: 'With the reason',
        command: 'feedfleet pin Acme.Core 1.2.0 --feed acme --note "in the field until 2030"',
      },
    ],
  })
    .argument('<id>', 'package id')
    .argument('<version>', 'version, in any form')
    .option('--note <text>', 'why, for those who ask later');
  return addFeedTarget(command).action((id: string, version: string, options: PinOptions) =>
    runLeaf(parts, state, options, () => pin({ id, version }, options, parts)),
  );
}

export function unpinCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'unpin',
    description: 'Lets the retention of a feed remove a version again.',
    examples: [{ says: 'No longer needed', command: 'feedfleet unpin Acme.Core 1.2.0 --feed acme' }],
  })
    .argument('<id>', 'package id')
    .argument('<version>', 'version, in any form');
  return addFeedTarget(command).action((id: string, version: string, options: PinOptions) =>
    runLeaf(parts, state, options, () => unpin({ id, version }, options, parts)),
  );
}

export function pinsCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'pins',
    description: 'Lists the versions of a feed that no retention removes, and why.',
    examples: [{ says: 'All', command: 'feedfleet pins --feed acme' }],
  });
  return addFeedTarget(command).action((options: PinOptions) =>
    runLeaf(parts, state, options, () => list(options, parts)),
  );
}
