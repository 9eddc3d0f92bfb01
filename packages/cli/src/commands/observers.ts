/** `feedfleet observer add`, `list` and `remove`: who else looks at the fleet, and tells the status page. */
import { observerNameSchema } from '@feedfleet/status-model';
import {
  observerListSchema,
  observerRemovedSchema,
  OBSERVERS_PATH,
  observerWrittenSchema,
} from '@feedfleet/status-probes';
import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { addStatusOption, askStatus, findStatus, type StatusOptions } from '../status/status-connection.ts';
import { renderTable } from '../table.ts';

/** @throws {ProblemError} `FF_USAGE`. */
export function observerName(given: string): string {
  const parsed = observerNameSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ProblemError('usage', {
    detail: `name: expected 1 to 40 lower-case letters, digits and hyphens, got "${given}"`,
  });
}

async function add(name: string, options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const body = { name: observerName(name) };
  const address = await findStatus(options, parts);
  const call = { method: 'POST', path: OBSERVERS_PATH, body, answer: observerWrittenSchema } as const;
  const written = await askStatus(address, call, parts.signal);
  const command = `FEEDFLEET_OBSERVER_SECRET=${written.secret} feedfleet observe ${name} --status ${address.url}`;
  return {
    document: written,
    text: `${written.secret}\n\nKeep it: it is shown this once. Where ${name} is to observe from:\n  ${command}\n`,
  };
}

async function list(options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const call = { method: 'GET', path: OBSERVERS_PATH, answer: observerListSchema } as const;
  const { observers } = await askStatus(await findStatus(options, parts), call, parts.signal);
  const rows = observers.map(({ name, addedAt, lastSeenAt, isSilent }) => [
    name,
    isSilent ? 'silent' : 'observes',
    lastSeenAt ?? 'never',
    addedAt ?? '',
  ]);
  return { document: { observers }, text: renderTable(['OBSERVER', 'STATE', 'LAST SEEN', 'ADDED'], rows) };
}

async function remove(name: string, options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const path = `${OBSERVERS_PATH}/${observerName(name)}`;
  const call = { method: 'DELETE', path, answer: observerRemovedSchema } as const;
  const removed = await askStatus(await findStatus(options, parts), call, parts.signal);
  return { document: removed, text: `Removed ${removed.removed}; what it reported stays.\n` };
}

export function observerAddCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'add',
    description: 'Adds an observer of the status page and prints its secret, this once.',
    examples: [{ says: 'On the machine of the fleet', command: 'feedfleet observer add frankfurt' }],
  }).argument('<name>', 'lower-case letters, digits and hyphens; the page shows it');
  return addStatusOption(command).action((name: string, options: StatusOptions) =>
    runLeaf(parts, state, options, () => add(name, options, parts)),
  );
}

export function observerListCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'list',
    description: 'Lists the observers of the status page, and when each was last heard of.',
    examples: [
      {
        says: 'Those that are silent',
        command: 'feedfleet observer list --json | jq ".observers[] | select(.isSilent)"',
      },
    ],
  });
  return addStatusOption(command).action((options: StatusOptions) =>
    runLeaf(parts, state, options, () => list(options, parts)),
  );
}

export function observerRemoveCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'remove',
    description:
      'Removes an observer of the status page: its secret is worth nothing any more. What it reported stays.',
    examples: [{ says: 'One whose machine is gone', command: 'feedfleet observer remove frankfurt' }],
  }).argument('<name>', 'as observer list shows it');
  return addStatusOption(command).action((name: string, options: StatusOptions) =>
    runLeaf(parts, state, options, () => remove(name, options, parts)),
  );
}
