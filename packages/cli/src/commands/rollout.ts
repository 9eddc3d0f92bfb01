/** `feedfleet rollout`: the instances of a family start anew, one after the other, and no request fails. */
import { ProblemError } from '@feedfleet/problems';
import type { Instance } from '@feedfleet/registry-client';
import axios from 'axios';
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { exitCodes } from '../exit-codes.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import { isOwnMachine } from '../own-machine.ts';
import type { CliParts, RegistryPort } from '../parts.ts';
import { probeReadiness } from '../probe-readiness.ts';
import { servedBy, takenBy, until, untilIdle, type Served } from '../steering/instance-load.ts';
import { addBalancerOption, type SteeringOptions } from '../steering/steering-options.ts';

interface RolloutOptions extends SteeringOptions {
  readonly release?: string;
  readonly force?: boolean;
}

interface Rollout {
  readonly family: string;
  readonly options: RolloutOptions;
  readonly parts: CliParts;
  readonly registry: RegistryPort;
  /** Of the operator. */
  readonly token: string;
}

const DRAIN_LIMIT_MS = 300_000;
const END_LIMIT_MS = 60_000;
const START_LIMIT_MS = 120_000;
/** After a start, for balancers to see that it is well. */
const TAKE_LIMIT_MS = 60_000;
/** For how long the requests that an instance gets after its start are watched. */
const WATCH_MS = 3_000;
/** So many failures, and so large a share of the requests, are not those of a few requests that would fail anywhere. */
const LEAST_FAILURES = 3;
const FAILURE_SHARE = 0.2;
const RESTART_PATH = '/-/restart';

/** Tells an instance to end; whoever keeps it up starts it anew. */
async function restart({ id, url }: Instance, { token, parts }: Rollout): Promise<void> {
  const { status } = await axios.post<unknown>(`${url.replace(/\/+$/, '')}${RESTART_PATH}`, undefined, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.any([parts.signal, AbortSignal.timeout(10_000)]),
    maxRedirects: 0,
    validateStatus: () => true,
    ...(isOwnMachine(url) ? { proxy: false } : {}),
  });
  if (status === 202) return;
  throw new ProblemError('unreachable', { detail: `${id} answered ${status} when it was told to start anew` });
}

async function isReady({ url }: Pick<Instance, 'url'>, { parts }: Rollout): Promise<boolean> {
  return (await probeReadiness({ url, signal: parts.signal })).outcome === 'ready';
}

async function rollOut(instance: Instance, rollout: Rollout): Promise<void> {
  const { parts, registry, options } = rollout;
  const { id } = instance;
  await registry.instances.update(id, { state: 'draining' }, parts.signal);
  await untilIdle(id, options, parts, DRAIN_LIMIT_MS);
  await restart(instance, rollout);
  await until(
    parts,
    { what: `${id} has not ended`, limitMs: END_LIMIT_MS },
    async () => !(await isReady(instance, rollout)),
  );
  await until(parts, { what: `${id} is not back`, limitMs: START_LIMIT_MS }, async () => {
    const now = (await registry.instances.list(parts.signal)).find((each) => each.id === id);
    if (now === undefined || !(await isReady(now, rollout))) return false;
    return options.release === undefined || now.release === options.release;
  });
  const before = await servedBy(id, options, parts);
  await registry.instances.update(id, { state: 'active' }, parts.signal);
  if (instance.weight === 0) return;
  await until(parts, { what: `${id} gets no requests from every balancer`, limitMs: TAKE_LIMIT_MS }, async () =>
    (await takenBy(options, parts)).every((taken) => taken.has(id)),
  );
  if (options.force !== true) await watch(id, before, rollout);
}

/** @throws {ProblemError} `FF_UNREACHABLE` when it fails what it is asked: then it drains again. */
async function watch(id: string, before: ReadonlyMap<string, Served>, rollout: Rollout): Promise<void> {
  const { parts, registry, options } = rollout;
  await parts.clock.sleep(WATCH_MS, parts.signal);
  let [requests, failures] = [0, 0];
  for (const [url, after] of await servedBy(id, options, parts)) {
    const known = before.get(url);
    // A balancer that has met it anew counts from its start.
    const since = known === undefined || known.requests > after.requests ? { requests: 0, failures: 0 } : known;
    requests += after.requests - since.requests;
    failures += after.failures - since.failures;
  }
  if (failures < LEAST_FAILURES || failures <= requests * FAILURE_SHARE) return;
  await registry.instances.update(id, { state: 'draining' }, parts.signal);
  throw new ProblemError('unreachable', { detail: `${failures} of ${requests} requests failed there after its start` });
}

/** Whether some balancer would have nowhere to send requests of the family while the instance drains. */
async function isNeeded({ id, pool }: Instance, all: readonly Instance[], rollout: Rollout): Promise<boolean> {
  const others = all.filter((other) => other.id !== id && other.pool === pool);
  const taken = await takenBy(rollout.options, rollout.parts);
  return taken.some((there) => there.has(id) && !others.some((other) => there.has(other.id)));
}

async function rolloutFamily(family: string, options: RolloutOptions, parts: CliParts): Promise<CommandResult> {
  const address = await findRegistry(options, parts);
  const rollout = { family, options, parts, registry: parts.openRegistry(address), token: address.token };
  const all = (await rollout.registry.instances.list(parts.signal)).filter((each) => each.family === family);
  const taking = all.filter(({ state, weight, pool }) => state === 'active' && weight > 0 && pool === 'main');
  if (all.length === 0) throw new ProblemError('noSuchEntity', { detail: `the family ${family} has no instances` });
  if (taking.length < 2 && options.force !== true) {
    const detail = `${family} has ${taking.length} instance that takes requests: while it starts anew, nobody serves them; --force does it`;
    throw new ProblemError('conflict', { detail });
  }
  const done: string[] = [];
  for (const instance of all.filter(({ state }) => state === 'active')) {
    const { id } = instance;
    if (options.force !== true && (await isNeeded(instance, all, rollout))) {
      const where = `before ${id}, which still gets requests`;
      return stopped({ family, done, at: undefined, where, all, why: nobodyElse(family) });
    }
    try {
      await rollOut(instance, rollout);
    } catch (error) {
      const where = `at ${id}, which drains (undrain ${id} gives it requests again)`;
      return stopped({ family, done, at: id, where, all, why: error });
    }
    done.push(id);
    if (options.json !== true) parts.stderr.write(`${id}: started anew\n`);
  }
  return { document: { family, done, left: [] }, text: `All ${done.length} instances of ${family} run anew.\n` };
}

function nobodyElse(family: string): ProblemError {
  const detail = `no other instance of ${family} takes requests by what the balancers see; --force goes on all the same`;
  return new ProblemError('conflict', { detail });
}

interface Stopped {
  readonly family: string;
  readonly done: readonly string[];
  /** The instance that was begun with, if any. */
  readonly at: string | undefined;
  readonly where: string;
  readonly all: readonly Instance[];
  readonly why: unknown;
}

function stopped({ family, done, at, where, all, why }: Stopped): CommandResult {
  const left = all.map(({ id }) => id).filter((id) => id !== at && !done.includes(id));
  const cause = why instanceof ProblemError ? (why.detail ?? why.message) : String(why);
  const rest = left.length === 0 ? '' : `, not begun: ${left.join(', ')}`;
  const detail = `stopped ${where}: ${cause}; done: ${done.join(', ') || 'none'}${rest}`;
  const failure = new ProblemError('unreachable', { detail, cause: why });
  return { document: { family, done, stoppedAt: at ?? null, left }, text: '', exitCode: exitCodes.failed, failure };
}

export function rolloutCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'rollout',
    description:
      'Starts the instances of a family anew, one after the other: each drains, ends when nothing is under way there, and has ' +
      'to be ready, registered and in use again before the next one. Stops at the first that is not or that fails its requests, and before one that is the ' +
      'only one to take requests, and says where it stands.',
    examples: [
      { says: 'After the code was replaced', command: 'feedfleet rollout v2' },
      { says: 'Only go on with the new build', command: 'feedfleet rollout v2 --release 1.5.0' },
    ],
  })
    .argument('<family>', 'id of the family, as fleet status shows it')
    .option('--release <release>', 'what each instance has to say that it runs when it is back')
    .option('--force', 'also where one instance is all there is, and whatever the requests come to');
  return addBalancerOption(command).action((family: string, options: RolloutOptions) =>
    runLeaf(parts, state, options, () => rolloutFamily(family, options, parts)),
  );
}
