/** Options of the commands that steer traffic: they go to the registry, or past it to the balancers. */
import { Option, type Command } from 'commander';

import type { BalancerOptions } from '../connection.ts';
import type { SharedOptions } from '../leaf-command.ts';

export interface SteeringOptions extends SharedOptions, BalancerOptions {
  readonly breakGlass?: boolean;
}

const collected = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** For commands that ask balancers. */
export function addBalancerOption(command: Command): Command {
  const says = 'listener for operations of a balancer (repeatable); default: those of the fleet on this machine';
  return command.addOption(new Option('--balancer <url>', says).argParser(collected).helpGroup('Connection:'));
}

/** For commands that can do without the registry. */
export function addBreakGlass(command: Command): Command {
  const says =
    'tell the balancers instead of the registry, for when that is dead; holds until it is cleared with --break-glass';
  return addBalancerOption(command).option('--break-glass', says);
}
