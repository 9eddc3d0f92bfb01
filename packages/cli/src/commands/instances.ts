/** `feedfleet drain`, `undrain` and `weight`: which instances take requests, and how many. */
import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { exitCodeOf } from '../exit-codes.ts';
import { failureOf } from '../failure.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';
import { byRegistry } from '../steering/by-registry.ts';
import { untilIdle } from '../steering/instance-load.ts';
import { saidOtherwise } from '../steering/said-otherwise.ts';
import { addBreakGlass, type SteeringOptions } from '../steering/steering-options.ts';
import { overrideEverywhere } from '../steering/told-balancers.ts';

interface DrainOptions extends SteeringOptions {
  readonly wait?: boolean;
}

interface Change {
  /** The command, as it is typed. */
  readonly verb: string;
  readonly instance: string;
  readonly value: { readonly state?: 'active' | 'draining'; readonly weight?: number };
  readonly done: string;
}

const DRAIN_LIMIT_MS = 300_000;

async function change(
  { verb, instance, value, done }: Change,
  options: SteeringOptions,
  parts: CliParts,
): Promise<CommandResult> {
  if (options.breakGlass === true) {
    return overrideEverywhere(options, parts, { entity: 'instance', id: instance, value, done: `${done}.` });
  }
  return byRegistry(options, parts, async (registry) => {
    const written = await registry.instances.update(instance, value, parts.signal);
    const result = { document: written, text: renderReceipt(done, written.change) };
    const otherwise = await saidOtherwise({ verb, instance, value }, options, parts);
    if (otherwise === undefined) return result;
    return { ...result, exitCode: exitCodeOf(failureOf(otherwise)), failure: otherwise };
  });
}

async function drain(instance: string, options: DrainOptions, parts: CliParts): Promise<CommandResult> {
  const done = `${instance} takes no new requests`;
  const result = await change(
    { verb: `drain ${instance}`, instance, value: { state: 'draining' }, done },
    options,
    parts,
  );
  if (options.wait !== true || result.failure !== undefined) return result;
  await untilIdle(instance, options, parts, DRAIN_LIMIT_MS);
  return { ...result, text: `${result.text}${instance} has nothing under way.\n` };
}

function weightOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 1000) return Number(text);
  throw new ProblemError('usage', { detail: `weight: expected a whole number from 0 to 1000, got "${text}"` });
}

export function drainCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'drain',
    description: 'Lets an instance take no new requests; those that are under way go on.',
    examples: [{ says: 'Before it is stopped', command: 'feedfleet drain v2-1 --wait' }],
  })
    .argument('<instance>', 'id of the instance, as fleet status shows it')
    .option('--wait', 'return when nothing is under way there');
  return addBreakGlass(command).action((instance: string, options: DrainOptions) =>
    runLeaf(parts, state, options, () => drain(instance, options, parts)),
  );
}

export function undrainCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'undrain',
    description: 'Lets an instance take requests again.',
    examples: [{ says: 'After a drain', command: 'feedfleet undrain v2-1' }],
  }).argument('<instance>', 'id of the instance, as fleet status shows it');
  return addBreakGlass(command).action((instance: string, options: SteeringOptions) => {
    const done = `${instance} takes requests`;
    const wanted = { verb: `undrain ${instance}`, instance, value: { state: 'active' }, done } as const;
    return runLeaf(parts, state, options, () => change(wanted, options, parts));
  });
}

export function weightCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'weight',
    description:
      "Sets an instance's share of its family's requests beside the others: 100 is the usual one, 0 takes none.",
    examples: [{ says: 'A canary', command: 'feedfleet weight v2-3 5' }],
  })
    .argument('<instance>', 'id of the instance, as fleet status shows it')
    .argument('<weight>', 'from 0 to 1000');
  return addBreakGlass(command).action((instance: string, text: string, options: SteeringOptions) =>
    runLeaf(parts, state, options, () => {
      const weight = weightOf(text);
      const done = `${instance} has the weight ${weight}`;
      return change({ verb: `weight ${instance} ${weight}`, instance, value: { weight }, done }, options, parts);
    }),
  );
}
