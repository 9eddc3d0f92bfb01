/** `feedfleet alert list`: what operators have to know. */
import { alertSchema } from '@feedfleet/status-model';
import type { Command } from 'commander';

import { runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { openStatus, statusCommand, type StatusOptions } from '../status/status-command.ts';
import { renderTable } from '../table.ts';

interface ListOptions extends StatusOptions {
  readonly all?: boolean;
}

async function list(options: ListOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const call = { method: 'GET', path: '/api/alerts?limit=1000', answer: alertSchema.array() } as const;
  const all = await status.call(call, parts.signal);
  const alerts = all.filter(({ resolvedAt }) => options.all === true || resolvedAt === null);
  const rows = alerts.map(({ severity, firedAt, resolvedAt, summary }) => [
    severity,
    firedAt,
    resolvedAt ?? 'fires',
    summary,
  ]);
  const none = options.all === true ? 'There was no alert.\n' : 'No alert fires.\n';
  return {
    document: { alerts },
    text: rows.length === 0 ? none : renderTable(['SEVERITY', 'FIRED', 'RESOLVED', 'SUMMARY'], rows),
  };
}

export function alertListCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'list',
    description:
      'Lists the alerts that fire: burn rates, certificates, silent observers; with --all also the past ones.',
    examples: [{ says: 'Those that fire', command: 'feedfleet alert list' }],
  })
    .option('--all', 'resolved ones too')
    .action((options: ListOptions) => runLeaf(parts, state, options, () => list(options, parts)));
}
