/** `feedfleet maintenance plan`, `list` and `cancel`: what the status page announces. */
import { ProblemError } from '@feedfleet/problems';
import { maintenanceSchema } from '@feedfleet/status-model';
import type { Command } from 'commander';

import { runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { parseExpiry } from '../quantities.ts';
import { collected, componentsOf, openStatus, statusCommand, type StatusOptions } from '../status/status-command.ts';
import { renderTable } from '../table.ts';

interface PlanOptions extends StatusOptions {
  readonly title?: string;
  readonly text?: string;
  readonly component?: readonly string[];
  readonly start?: string;
  readonly for?: string;
}

async function plan(options: PlanOptions, parts: CliParts): Promise<CommandResult> {
  const now = parts.clock.now();
  const begin = options.start ?? 'now';
  const startsAt = begin === 'now' ? new Date(now).toISOString() : parseExpiry(begin, now);
  const endsAt = startsAt === null ? null : parseExpiry(options.for ?? '', Date.parse(startsAt));
  if (startsAt === null || endsAt === null) {
    throw new ProblemError('usage', { detail: '--start, --for: expected a time, got "never"' });
  }
  const { title, text = null } = options;
  const body = { title, text, components: componentsOf(options.component), startsAt, endsAt };
  const status = await openStatus(options, parts);
  const call = { method: 'POST', path: '/api/maintenance', body, answer: maintenanceSchema } as const;
  const maintenance = await status.call(call, parts.signal);
  return {
    document: { maintenance },
    text: `Maintenance ${maintenance.id} is announced, from ${maintenance.startsAt} to ${maintenance.endsAt}.\n`,
  };
}

async function list(options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const call = { method: 'GET', path: '/api/maintenance', answer: maintenanceSchema.array() } as const;
  const maintenance = await status.call(call, parts.signal);
  const rows = maintenance.map(({ id, startsAt, endsAt, components, title }) => [
    id,
    startsAt,
    endsAt,
    components.join(' '),
    title,
  ]);
  const header = ['MAINTENANCE', 'FROM', 'TO', 'COMPONENTS', 'TITLE'];
  return {
    document: { maintenance },
    text: rows.length === 0 ? 'No maintenance is announced.\n' : renderTable(header, rows),
  };
}

async function cancel(id: string, options: StatusOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const path = `/api/maintenance/${encodeURIComponent(id)}`;
  const maintenance = await status.call({ method: 'DELETE', path, answer: maintenanceSchema }, parts.signal);
  return { document: { maintenance }, text: `Maintenance ${id} is taken back, or has ended now.\n` };
}

export function maintenancePlanCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'plan',
    description:
      'Announces maintenance. It counts for no uptime, and no incident opens for it; not for what has passed.',
    examples: [
      {
        says: 'An hour, from an instant on',
        command:
          "feedfleet maintenance plan --title 'New disks' --component v2 --component v3 --start 2027-01-31T20:00Z --for 1h",
      },
    ],
  })
    .requiredOption('--title <text>', 'in one sentence')
    .requiredOption('--component <name>', 'family or instance:<id>; give it several times for several', collected)
    .option('--start <time>', 'when it begins: an instant, or a time from now such as 2h; now by default')
    .requiredOption('--for <time>', 'how long it takes: 30m, 2h, 1d')
    .option('--text <text>', 'what users should know')
    .action((options: PlanOptions) => runLeaf(parts, state, options, () => plan(options, parts)));
}

export function maintenanceListCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'list',
    description: 'Lists maintenance under way and planned, then that of the last 90 days.',
    examples: [{ says: 'All', command: 'feedfleet maintenance list' }],
  }).action((options: StatusOptions) => runLeaf(parts, state, options, () => list(options, parts)));
}

export function maintenanceCancelCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'cancel',
    description: 'Takes back maintenance that is planned, or ends now what is under way.',
    examples: [{ says: 'By id', command: 'feedfleet maintenance cancel ID' }],
  })
    .argument('<maintenance>', 'its id')
    .action((id: string, options: StatusOptions) => runLeaf(parts, state, options, () => cancel(id, options, parts)));
}
