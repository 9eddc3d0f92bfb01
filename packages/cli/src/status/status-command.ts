/** What the commands have in common that operators speak to the status process with. */
import type { Command } from 'commander';

import { leafCommand, type LeafOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { addStatusOption, askStatus, findStatus, type StatusCall, type StatusOptions } from './status-connection.ts';

export type { StatusOptions } from './status-connection.ts';

export function statusCommand(options: LeafOptions): Command {
  return addStatusOption(leafCommand(options));
}

interface StatusPort {
  call<T>(call: StatusCall<T>, signal: AbortSignal): Promise<T>;
}

export async function openStatus(options: StatusOptions, parts: CliParts): Promise<StatusPort> {
  const address = await findStatus(options, parts);
  return { call: (call, signal) => askStatus(address, call, signal) };
}

/** For an option that is given several times. */
export const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `v2` is the family; `instance:v2-1` and `family:v2` are themselves. */
export const componentsOf = (names: readonly string[] | undefined): readonly string[] =>
  (names ?? []).map((name) => (name.includes(':') ? name : `family:${name}`));
