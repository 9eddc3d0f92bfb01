/** Which instances get requests, and what is under way there, asked of all balancers. */
import { ProblemError } from '@feedfleet/problems';

import { findBalancers } from '../connection.ts';
import type { CliParts } from '../parts.ts';
import type { SteeringOptions } from './steering-options.ts';

const PAUSE_MS = 250;

export interface Wait {
  /** What is waited for, for the message. */
  readonly what: string;
  readonly limitMs: number;
}

/**
 * Asks again and again until it is so.
 *
 * @throws {ProblemError} `FF_UNREACHABLE` when it is not so in time; the signal's reason.
 */
export async function until(parts: CliParts, { what, limitMs }: Wait, isSo: () => Promise<boolean>): Promise<void> {
  const end = parts.clock.now() + limitMs;
  while (!(await isSo())) {
    parts.signal.throwIfAborted();
    if (parts.clock.now() >= end) {
      throw new ProblemError('unreachable', { detail: `${what}: not within ${Math.round(limitMs / 1000)} s` });
    }
    await parts.clock.sleep(PAUSE_MS, parts.signal);
  }
}

/** Resolves when every balancer knows that the instance takes nothing new, and has nothing under way there. */
export async function untilIdle(
  instance: string,
  options: SteeringOptions,
  parts: CliParts,
  limitMs: number,
): Promise<void> {
  const balancers = (await findBalancers(options, parts)).map((address) => parts.openBalancer(address));
  await until(parts, { what: `${instance} has requests under way`, limitMs }, async () => {
    const states = await Promise.all(balancers.map((balancer) => balancer.state(parts.signal)));
    return states.every(({ pools }) => {
      const member = pools.flatMap(({ members }) => members).find(({ instance: { id } }) => id === instance);
      return member === undefined || (member.instance.state === 'draining' && member.inFlight === 0);
    });
  });
}

/** By balancer, the instances that get requests there: the registry lets them and they are well. */
export async function takenBy(options: SteeringOptions, parts: CliParts): Promise<readonly ReadonlySet<string>[]> {
  const balancers = (await findBalancers(options, parts)).map((address) => parts.openBalancer(address));
  const states = await Promise.all(balancers.map((balancer) => balancer.state(parts.signal)));
  return states.map(({ pools }) => {
    const members = pools.flatMap((pool) => pool.members).filter(({ isTaking }) => isTaking);
    return new Set(members.map(({ instance }) => instance.id));
  });
}

export interface Served {
  readonly requests: number;
  readonly failures: number;
}

/** By balancer, what an instance was asked and has failed since that balancer knows it. */
export async function servedBy(
  instance: string,
  options: SteeringOptions,
  parts: CliParts,
): Promise<ReadonlyMap<string, Served>> {
  const addresses = await findBalancers(options, parts);
  const states = await Promise.all(addresses.map((address) => parts.openBalancer(address).state(parts.signal)));
  return new Map(
    states.flatMap(({ pools }, index): [string, Served][] => {
      const member = pools.flatMap(({ members }) => members).find((each) => each.instance.id === instance);
      return member === undefined ? [] : [[addresses[index]?.url ?? '', member]];
    }),
  );
}
