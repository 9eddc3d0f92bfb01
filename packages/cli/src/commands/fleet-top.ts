/** `feedfleet fleet top`: what the fleet does right now, like top. */
import { ProblemError } from '@feedfleet/problems';
import type { BalancerState } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { findBalancers } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { addBalancerOption, type SteeringOptions } from '../steering/steering-options.ts';
import { renderTop, topOf, type Top } from '../steering/top-view.ts';

interface TopOptions extends SteeringOptions {
  readonly once?: boolean;
  readonly interval: string;
}

const CLEAR_SCREEN = '\u001b[H\u001b[2J';

async function readTop(options: TopOptions, parts: CliParts): Promise<Top> {
  const addresses = await findBalancers(options, parts);
  const silent: string[] = [];
  let failure: unknown;
  const answers = await Promise.all(
    addresses.map(async (address): Promise<readonly BalancerState[]> => {
      try {
        return [await parts.openBalancer(address).state(parts.signal)];
      } catch (error) {
        failure = error;
        silent.push(address.url);
        return [];
      }
    }),
  );
  const states = answers.flat();
  if (states.length === 0) throw failure;
  return topOf(states, silent);
}

function intervalMs(text: string): number {
  if (/^\d{1,4}(\.\d)?$/.test(text) && Number(text) >= 0.5) return Number(text) * 1000;
  throw new ProblemError('usage', { detail: `--interval: expected seconds from 0.5 on, got "${text}"` });
}

async function top(options: TopOptions, parts: CliParts): Promise<CommandResult> {
  const pauseMs = intervalMs(options.interval);
  const isOnce = options.once === true || options.json === true || parts.stdout.terminal === undefined;
  for (;;) {
    const now = await readTop(options, parts);
    if (isOnce) return { document: now, text: renderTop(now) };
    parts.stdout.write(CLEAR_SCREEN + renderTop(now));
    try {
      await parts.clock.sleep(pauseMs, parts.signal);
    } catch {
      // Ctrl-C is how it ends.
    }
    if (parts.signal.aborted) return { document: now, text: '' };
  }
}

export function fleetTopCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'top',
    description:
      'Shows what families, instances and feeds do right now, from all balancers: requests, errors, latency, what is rerouted. ' +
      'Needs no registry. On a terminal it goes on until Ctrl-C.',
    examples: [
      { says: 'Live', command: 'feedfleet fleet top' },
      { says: 'For a script', command: "feedfleet fleet top --once --json | jq '.feeds[0].name'" },
    ],
  })
    .option('--once', 'show it once')
    .option('--interval <seconds>', 'how often it is asked', '2');
  return addBalancerOption(command).action((options: TopOptions) =>
    runLeaf(parts, state, options, () => top(options, parts)),
  );
}
