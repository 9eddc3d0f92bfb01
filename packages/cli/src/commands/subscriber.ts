/** `feedfleet subscriber add`, `list`, `remove`, `test` and `log`: who is told of incidents and alerts. */
import { ProblemError } from '@feedfleet/problems';
import {
  createdSubscriberSchema,
  deliverySchema,
  noticeSubscriberSchema,
  testDeliverySchema,
} from '@feedfleet/status-model';
import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';

import { exitCodes } from '../exit-codes.ts';
import { runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { collected, openStatus, statusCommand, type StatusOptions } from '../status/status-command.ts';
import { renderTable } from '../table.ts';

interface AddOptions extends StatusOptions {
  readonly to?: readonly string[];
  readonly family?: readonly string[];
  readonly only?: 'page';
  readonly allowPrivateAddresses?: boolean;
}

const pathOf = (id: string, rest = ''): string => `/api/subscribers/${encodeURIComponent(id)}${rest}`;

interface Wanted {
  readonly channel: string;
  readonly target: string;
}

async function add({ channel, target }: Wanted, options: AddOptions, parts: CliParts): Promise<CommandResult> {
  const usual = channel.startsWith('alertmanager') ? ['alerts'] : ['incidents'];
  const body = {
    channel,
    target,
    topics: options.to ?? usual,
    families: options.family ?? null,
    minSeverity: options.only ?? 'ticket',
    allowPrivateAddresses: options.allowPrivateAddresses === true,
  };
  const status = await openStatus(options, parts);
  const call = { method: 'POST', path: '/api/subscribers', body, answer: createdSubscriberSchema } as const;
  const created = await status.call(call, parts.signal);
  const secret =
    created.secret === null ? '' : `What it gets is signed with ${created.secret}, which is shown this once.\n`;
  return {
    document: created,
    text: `${target} is told of ${created.subscriber.topics.join(' and ')}, as ${created.subscriber.id}.\n${secret}`,
  };
}

async function list(options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const call = { method: 'GET', path: '/api/subscribers', answer: noticeSubscriberSchema.array() } as const;
  const subscribers = await status.call(call, parts.signal);
  const rows = subscribers.map(({ id, channel, topics, families, target }) => [
    id,
    channel,
    topics.join(' '),
    families?.join(' ') ?? 'all',
    target,
  ]);
  const header = ['SUBSCRIBER', 'CHANNEL', 'OF', 'FAMILIES', 'TARGET'];
  return { document: { subscribers }, text: rows.length === 0 ? 'Nobody is told.\n' : renderTable(header, rows) };
}

async function remove(id: string, options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const answer = z.object({ removed: z.string() });
  await status.call({ method: 'DELETE', path: pathOf(id), answer }, parts.signal);
  return { document: { removed: id }, text: `${id} is told nothing any more.\n` };
}

async function test(id: string, options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const call = { method: 'POST', path: pathOf(id, '/test'), body: {}, answer: testDeliverySchema } as const;
  const outcome = await status.call(call, parts.signal);
  if (outcome.isSent) return { document: outcome, text: 'The test was taken.\n' };
  const failure = new ProblemError('unreachable', { detail: `the test was not sent: ${outcome.problem ?? 'unknown'}` });
  return { document: outcome, text: '', exitCode: exitCodes.failed, failure };
}

async function log(options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const call = { method: 'GET', path: '/api/deliveries', answer: deliverySchema.array() } as const;
  const deliveries = await status.call(call, parts.signal);
  const rows = deliveries.map(({ createdAt, subscriber, type, state, attempts, problem }) => [
    createdAt,
    subscriber,
    type,
    state,
    String(attempts),
    problem ?? '',
  ]);
  const header = ['AT', 'SUBSCRIBER', 'WHAT', 'STATE', 'ATTEMPTS', 'PROBLEM'];
  return { document: { deliveries }, text: rows.length === 0 ? 'Nobody was told.\n' : renderTable(header, rows) };
}

export function subscriberAddCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'add',
    description: 'Has somebody told of incidents or alerts. Readers of mail can leave by a link in it.',
    examples: [
      { says: 'A mailing list, of incidents', command: 'feedfleet subscriber add email team@packages.example' },
      {
        says: 'A pager, of alerts that cannot wait',
        command: 'feedfleet subscriber add webhook https://pager.example/hook --to alerts --only page',
      },
      {
        says: 'An Alertmanager in the same network',
        command: 'feedfleet subscriber add alertmanager http://10.0.0.7:9093 --allow-private-addresses',
      },
    ],
  })
    .argument('<channel>', 'email, webhook, alertmanager or alertmanager-webhook')
    .argument('<target>', 'an e-mail address or a URL')
    .option('--to <topic>', 'incidents or alerts; give it twice for both', collected)
    .option('--family <family>', 'of these families alone; give it several times for several', collected)
    .addOption(new Option('--only <severity>', 'of alerts, only those that page').choices(['page']))
    .option('--allow-private-addresses', 'its URL may lead to a loopback or private address')
    .action((channel: string, target: string, options: AddOptions) =>
      runLeaf(parts, state, options, () => add({ channel, target }, options, parts)),
    );
}

export function subscriberListCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'list',
    description: 'Lists who is told of incidents and alerts.',
    examples: [{ says: 'All', command: 'feedfleet subscriber list' }],
  }).action((options: StatusOptions) => runLeaf(parts, state, options, () => list(options, parts)));
}

export function subscriberRemoveCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'remove',
    description: 'Removes a subscriber, and what was on its way to it.',
    examples: [{ says: 'By id', command: 'feedfleet subscriber remove ID' }],
  })
    .argument('<subscriber>', 'its id')
    .action((id: string, options: StatusOptions) => runLeaf(parts, state, options, () => remove(id, options, parts)));
}

export function subscriberTestCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'test',
    description: 'Sends a subscriber a test at once, and tells how that went.',
    examples: [{ says: 'By id', command: 'feedfleet subscriber test ID' }],
  })
    .argument('<subscriber>', 'its id')
    .action((id: string, options: StatusOptions) => runLeaf(parts, state, options, () => test(id, options, parts)));
}

export function subscriberLogCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'log',
    description: 'Lists what was told to whom, what waits and what went wrong; newest first.',
    examples: [{ says: 'The newest hundred', command: 'feedfleet subscriber log' }],
  }).action((options: StatusOptions) => runLeaf(parts, state, options, () => log(options, parts)));
}
