/** `feedfleet observe`: looks at a fleet from where it runs, as clients do, and tells the status page until it is ended. */
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { ObserverAgent } from '@feedfleet/status-probes';
import { Option, type Command } from 'commander';

import { webUrlOf } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { addStatusOption, namedStatus, type StatusOptions } from '../status/status-connection.ts';
import { observerName } from './observers.ts';

interface ObserveOptions extends StatusOptions {
  readonly entry?: string;
  readonly folder?: string;
}

const SECRET_VARIABLE = 'FEEDFLEET_OBSERVER_SECRET';

function usage(detail: string): ProblemError {
  return new ProblemError('usage', { detail });
}

async function observe(given: string, options: ObserveOptions, parts: CliParts): Promise<CommandResult> {
  const name = observerName(given);
  const statusUrl = namedStatus(options, parts);
  if (statusUrl === undefined) throw usage('--status: expected the URL of the status page');
  const secret = parts.environment[SECRET_VARIABLE] ?? '';
  if (secret === '')
    throw usage(`${SECRET_VARIABLE}: expected the secret that observer add has shown, and it is not set`);
  const agent = new ObserverAgent({
    statusUrl,
    name,
    secret,
    folder: path.resolve(parts.workingFolder, options.folder ?? `observer-${name}`),
    entryUrl: options.entry === undefined ? undefined : webUrlOf('--entry', options.entry),
    now: () => parts.clock.now(),
    tell: (sentence) => parts.stderr.write(`${new Date(parts.clock.now()).toISOString()} ${sentence}\n`),
  });
  agent.start();
  if (!parts.signal.aborted)
    await new Promise((resolve) => parts.signal.addEventListener('abort', resolve, { once: true }));
  await agent.stop();
  return { document: { stopped: name }, text: '' };
}

export function observeCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'observe',
    description:
      'Looks at a fleet from here as its clients do, and tells its status page, until it is ended. While the page is away it goes on, and tells it later.',
    examples: [
      {
        says: 'Its secret is what observer add has shown',
        command: 'FEEDFLEET_OBSERVER_SECRET=... feedfleet observe frankfurt --status https://status.example',
      },
    ],
  })
    .argument('<name>', 'as it was added')
    .addOption(
      new Option('--entry <url>', 'the balancer as it is reached from here (default: as the status page says)'),
    )
    .addOption(
      new Option('--folder <folder>', 'where it keeps its plan and what it has not told (default: ./observer-NAME)'),
    );
  return addStatusOption(command).action((name: string, options: ObserveOptions) =>
    runLeaf(parts, state, options, () => observe(name, options, parts)),
  );
}
