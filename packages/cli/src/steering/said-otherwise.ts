/** What was said of an instance past the registry: there it holds, whatever the registry says. */
import { ProblemError } from '@feedfleet/problems';

import { findBalancers } from '../connection.ts';
import type { CliParts } from '../parts.ts';
import type { SteeringOptions } from './steering-options.ts';

/** The registry has been told: whoever waits for this waits for balancers that may be gone. */
const LIMIT_MS = 2_000;

/** What the registry was told. */
interface Said {
  /** By which command. */
  readonly verb: string;
  readonly instance: string;
  readonly value: { readonly state?: string; readonly weight?: number };
}

/** @returns the failure where a balancer was told otherwise with `--break-glass`; those that cannot be asked say nothing. */
export async function saidOtherwise(
  { verb, instance, value }: Said,
  options: SteeringOptions,
  parts: CliParts,
): Promise<ProblemError | undefined> {
  const addresses = await findBalancers(options, parts).catch(() => []);
  const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(LIMIT_MS)]);
  const found = await Promise.all(
    addresses.map(async (address) => {
      const state = await parts
        .openBalancer(address)
        .state(signal)
        .catch(() => undefined);
      const override = state?.overrides.find(({ entity, id }) => entity === 'instance' && id === instance);
      const there = Object.entries(override?.value ?? {})
        .filter(([name, each]) => Object.hasOwn(value, name) && each !== Reflect.get(value, name))
        .map(([name, each]) => `${name} ${String(each)}`);
      return there.length === 0 ? [] : [`${address.url} has ${there.join(', ')}`];
    }),
  );
  const told = found.flat();
  if (told.length === 0) return undefined;
  const detail = `the registry was told, and balancers were told otherwise past it: ${told.join('; ')}; ${verb} --break-glass tells them this, too`;
  return new ProblemError('conflict', { detail });
}
