/** Tells every balancer the same, and says which of them know it now. */
import { ProblemError } from '@feedfleet/problems';
import type { BalancerState, OverrideEntity } from '@feedfleet/registry-client';

import { findBalancers } from '../connection.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { failureOf, type Failure } from '../failure.ts';
import type { CommandResult } from '../leaf-command.ts';
import type { BalancerPort, CliParts } from '../parts.ts';
import type { SteeringOptions } from './steering-options.ts';

interface ToldBalancer {
  readonly url: string;
  /** What it did, in words; `null` when it did not. */
  readonly done: string | null;
  readonly error: Failure | null;
}

/** Who sets it, for the log of the balancers. */
export function actorOf({ environment }: Pick<CliParts, 'environment'>): string {
  const { USER, USERNAME } = environment;
  return `${USER ?? USERNAME ?? 'somebody'} (break glass)`;
}

type Told = CommandResult & { readonly document: { readonly balancers: readonly ToldBalancer[] } };

/**
 * @param tell - gives what was done.
 * @returns a failure when not all of them know it: requests go different ways until they do.
 */
export async function tellBalancers(
  options: SteeringOptions,
  parts: CliParts,
  tell: (balancer: BalancerPort) => Promise<string>,
): Promise<Told> {
  const addresses = await findBalancers(options, parts);
  const balancers = await Promise.all(
    addresses.map(async (address): Promise<ToldBalancer> => {
      try {
        return { url: address.url, done: await tell(parts.openBalancer(address)), error: null };
      } catch (error) {
        parts.signal.throwIfAborted();
        return { url: address.url, done: null, error: failureOf(error) };
      }
    }),
  );
  const failed = balancers.filter(({ error }) => error !== null);
  const lines = balancers.map(({ url, done, error }) => `${url}: ${done ?? error?.detail ?? error?.title ?? ''}\n`);
  const result = { document: { balancers }, text: lines.join('') };
  const [first] = failed;
  if (first?.error === undefined || first.error === null) return result;
  const detail = `${failed.length} of ${balancers.length} balancers were not told: ${first.error.detail ?? first.error.title}`;
  // All of them say the same about what they refuse, and that is what the caller has to mend.
  const name = first.error.status >= 400 && first.error.status < 500 ? nameOf(first.error.status) : 'unreachable';
  const failure = new ProblemError(name, { detail });
  return { ...result, exitCode: exitCodeOf(failureOf(failure)), failure };
}

function nameOf(status: number): 'forbidden' | 'noSuchEntity' | 'conflict' | 'invalidRequest' {
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'noSuchEntity';
  return status === 409 ? 'conflict' : 'invalidRequest';
}

/** What those balancers know that answer. */
export async function askBalancers(options: SteeringOptions, parts: CliParts): Promise<readonly BalancerState[]> {
  const asked = (await findBalancers(options, parts)).map((address) => parts.openBalancer(address).state(parts.signal));
  const answers = await Promise.allSettled(asked);
  parts.signal.throwIfAborted();
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** Sets one override everywhere. */
export function overrideEverywhere(
  options: SteeringOptions,
  parts: CliParts,
  override: { readonly entity: OverrideEntity; readonly id: string; readonly value: unknown; readonly done: string },
): Promise<Told> {
  const { entity, id, value, done } = override;
  return tellBalancers(options, parts, async (balancer) => {
    await balancer.override({ entity, id }, { value, actor: actorOf(parts) }, parts.signal);
    return done;
  });
}
