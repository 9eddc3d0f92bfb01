/** `feedfleet message post`, `tip`, `list` and `clear`: what operators say on the status page. */
import { messageSchema } from '@feedfleet/status-model';
import type { Command } from 'commander';
import { z } from 'zod';

import { runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { parseExpiry } from '../quantities.ts';
import { openStatus, statusCommand, type StatusOptions } from '../status/status-command.ts';
import { renderTable } from '../table.ts';

interface MessageOptions extends StatusOptions {
  readonly family?: string;
  readonly for?: string;
}

interface Said {
  readonly kind: 'message' | 'tip';
  readonly text: string;
}

async function post(said: Said, options: MessageOptions, parts: CliParts): Promise<CommandResult> {
  const until = options.for === undefined ? null : parseExpiry(options.for, parts.clock.now());
  const body = { ...said, family: options.family ?? null, until };
  const status = await openStatus(options, parts);
  const call = { method: 'POST', path: '/api/messages', body, answer: messageSchema } as const;
  const message = await status.call(call, parts.signal);
  const end = message.until === null ? 'until it is cleared' : `until ${message.until}`;
  return { document: { message }, text: `The page shows ${message.id} ${end}.\n` };
}

async function list(options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const call = { method: 'GET', path: '/api/messages', answer: messageSchema.array() } as const;
  const messages = await status.call(call, parts.signal);
  const rows = messages.map(({ id, kind, family, until, text }) => [
    id,
    kind,
    family ?? 'all',
    until ?? 'cleared',
    text.replaceAll('\n', ' '),
  ]);
  return {
    document: { messages },
    text:
      rows.length === 0 ? 'The page shows no message.\n' : renderTable(['ID', 'KIND', 'FAMILY', 'UNTIL', 'TEXT'], rows),
  };
}

async function clear(id: string, options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const path = `/api/messages/${encodeURIComponent(id)}`;
  await status.call({ method: 'DELETE', path, answer: z.object({ removed: z.string() }) }, parts.signal);
  return { document: { removed: id }, text: `The page does not show ${id} any more.\n` };
}

function sayCommand(parts: CliParts, state: RunState, [kind, name]: readonly ['message' | 'tip', string]): Command {
  const what = kind === 'tip' ? 'a tip, beside what the probes found by themselves' : 'a message';
  return statusCommand({
    name,
    description: `Shows ${what} on the status page.`,
    examples: [
      { says: 'For two hours', command: `feedfleet message ${name} 'Search is slow; restore works.' --for 2h` },
    ],
  })
    .argument('<text>', 'what there is to say')
    .option('--family <family>', 'beside this family instead of on top')
    .option('--for <time>', 'goes by itself: 30m, 2h, 1d, or an instant')
    .action((text: string, options: MessageOptions) =>
      runLeaf(parts, state, options, () => post({ kind, text }, options, parts)),
    );
}

export function messagePostCommand(parts: CliParts, state: RunState): Command {
  return sayCommand(parts, state, ['message', 'post']);
}

export function messageTipCommand(parts: CliParts, state: RunState): Command {
  return sayCommand(parts, state, ['tip', 'tip']);
}

export function messageListCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'list',
    description: 'Lists the messages and tips that the page shows.',
    examples: [{ says: 'All', command: 'feedfleet message list' }],
  }).action((options: StatusOptions) => runLeaf(parts, state, options, () => list(options, parts)));
}

export function messageClearCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'clear',
    description: 'Takes a message or a tip off the page.',
    examples: [{ says: 'By id', command: 'feedfleet message clear ID' }],
  })
    .argument('<message>', 'its id')
    .action((id: string, options: StatusOptions) => runLeaf(parts, state, options, () => clear(id, options, parts)));
}
