/** `feedfleet incident list`, `open`, `post`, `edit` and `close`: what the status page tells of an outage. */
import { incidentSchema } from '@feedfleet/status-model';
import type { Incident } from '@feedfleet/status-model';
import type { Command } from 'commander';

import { runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { collected, componentsOf, openStatus, statusCommand, type StatusOptions } from '../status/status-command.ts';
import { renderProperties, renderTable } from '../table.ts';

interface IncidentOptions extends StatusOptions {
  readonly all?: boolean;
  readonly title?: string;
  readonly state?: string;
  readonly component?: readonly string[];
  readonly text?: string;
  readonly postMortem?: string;
}

const pathOf = (id: string, rest = ''): string => `/api/incidents/${encodeURIComponent(id)}${rest}`;

function shown(incident: Incident): CommandResult {
  const { id, title, state, components, openedAt, closedAt, postMortemUrl, updates } = incident;
  const properties = renderProperties([
    ['Incident', `${id}: ${title}`],
    ['State', closedAt === null ? state : `closed at ${closedAt}, was ${state}`],
    ['Components', components.join(', ')],
    ['Opened', openedAt],
    ['Post-mortem', postMortemUrl ?? ''],
  ]);
  const timeline = updates.map(({ at, by, text }) => `  ${at}  ${by}: ${text.replaceAll('\n', ' ')}\n`).join('');
  return { document: { incident }, text: properties + timeline };
}

async function list(options: IncidentOptions, parts: CliParts): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  const path = `/api/incidents?state=${options.all === true ? 'all' : 'open'}`;
  const incidents = await status.call({ method: 'GET', path, answer: incidentSchema.array() }, parts.signal);
  const rows = incidents.map(({ id, state, openedAt, closedAt, title }) => [
    id,
    state,
    openedAt,
    closedAt ?? 'open',
    title,
  ]);
  const none = options.all === true ? 'There was no incident.\n' : 'No incident is open.\n';
  return {
    document: { incidents },
    text: rows.length === 0 ? none : renderTable(['INCIDENT', 'STATE', 'OPENED', 'CLOSED', 'TITLE'], rows),
  };
}

async function change(
  options: IncidentOptions,
  parts: CliParts,
  call: { readonly method: 'POST' | 'PATCH'; readonly path: string; readonly body: object },
): Promise<CommandResult> {
  const status = await openStatus(options, parts);
  return shown(await status.call({ ...call, answer: incidentSchema }, parts.signal));
}

export function incidentListCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'list',
    description: 'Lists the open incidents; with --all also those of the last 90 days.',
    examples: [{ says: 'All of the last 90 days', command: 'feedfleet incident list --all' }],
  })
    .option('--all', 'closed ones too')
    .action((options: IncidentOptions) => runLeaf(parts, state, options, () => list(options, parts)));
}

export function incidentOpenCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'open',
    description: 'Opens an incident, which stays open until it is closed. Those that are seen open by themselves.',
    examples: [
      {
        says: 'One that no probe sees',
        command: "feedfleet incident open --title 'Search misses new packages' --state degraded --component v2",
      },
    ],
  })
    .requiredOption('--title <text>', 'in one sentence')
    .option('--state <state>', 'degraded or down', 'down')
    .option('--component <name>', 'family or instance:<id> in trouble; give it several times for several', collected)
    .option('--text <text>', 'first entry of the timeline')
    .action((options: IncidentOptions) => {
      const { title, state: worst, component, text } = options;
      const body = { title, state: worst, components: componentsOf(component), text };
      return runLeaf(parts, state, options, () =>
        change(options, parts, { method: 'POST', path: '/api/incidents', body }),
      );
    });
}

export function incidentPostCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'post',
    description: 'Adds to the timeline of an incident, and tells subscribers.',
    examples: [{ says: 'What is known now', command: "feedfleet incident post ID --text 'The cause is found.'" }],
  })
    .argument('<incident>', 'its id')
    .requiredOption('--text <text>', 'what there is to say')
    .action((id: string, options: IncidentOptions) => {
      const call = { method: 'POST', path: pathOf(id, '/updates'), body: { text: options.text } } as const;
      return runLeaf(parts, state, options, () => change(options, parts, call));
    });
}

export function incidentEditCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'edit',
    description: 'Changes an incident, also a closed one: title, state, components, the link to the post-mortem.',
    examples: [
      { says: 'The post-mortem', command: 'feedfleet incident edit ID --post-mortem https://blog.example/why' },
    ],
  })
    .argument('<incident>', 'its id')
    .option('--title <text>', 'in one sentence')
    .option('--state <state>', 'degraded or down')
    .option('--component <name>', 'all that were in trouble; give it several times for several', collected)
    .option('--post-mortem <url>', 'where the post-mortem is; none takes it off')
    .action((id: string, options: IncidentOptions) => {
      const { title, state: worst, component, postMortem } = options;
      const body = {
        title,
        state: worst,
        components: component === undefined ? undefined : componentsOf(component),
        postMortemUrl: postMortem === 'none' ? null : postMortem,
      };
      return runLeaf(parts, state, options, () => change(options, parts, { method: 'PATCH', path: pathOf(id), body }));
    });
}

export function incidentCloseCommand(parts: CliParts, state: RunState): Command {
  return statusCommand({
    name: 'close',
    description: 'Closes an incident. One that opened by itself does so by itself too, when all of it works again.',
    examples: [{ says: 'With the last word', command: "feedfleet incident close ID --text 'The disk is replaced.'" }],
  })
    .argument('<incident>', 'its id')
    .option('--text <text>', 'last entry of the timeline')
    .option('--post-mortem <url>', 'where the post-mortem is')
    .action((id: string, options: IncidentOptions) => {
      const body = { text: options.text, postMortemUrl: options.postMortem };
      const call = { method: 'POST', path: pathOf(id, '/close'), body } as const;
      return runLeaf(parts, state, options, () => change(options, parts, call));
    });
}
