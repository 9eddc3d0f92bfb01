/** The fleet that drills are done to: a throw-away one, with what faults and missing guards need in its environment. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { makeTestCertificates } from '@feedfleet/sick-source';
import { startFleet } from '@feedfleet/throwaway-fleet';

import type { Drill, Guard } from './drill.ts';
import { preloadedBy, runsFromSources } from './faults/preload.ts';
import type { DrillFleet } from './fleet-under-drill.ts';

/** Of v2, so that one can be lost; the balancer holds little, so that little is needed to fill it. */
const INSTANCES = { v2: 2 };
const PROCESSES = { balancer: { maxHeldRequests: 150 } };

/** @throws {ProblemError} `FF_USAGE` where a guard can only be taken out of sources, and there are none. */
function assertCanBeWithout(guards: readonly Guard[]): void {
  const hidden = guards.find(({ cutOut }) => cutOut !== undefined);
  if (hidden === undefined || runsFromSources()) return;
  const detail = `a build cannot do without this guard (${hidden.what}): run the drill from a clone of the project`;
  throw new ProblemError('usage', { detail });
}

/** One environment out of several; settings of processes are JSON, and are merged. */
function merged(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const sum: Record<string, string> = {};
  for (const each of all) {
    for (const [name, value] of Object.entries(each)) {
      const former = sum[name];
      sum[name] = former === undefined || name !== 'FEEDFLEET_PROCESSES' ? value : mergedJson(former, value);
    }
  }
  return sum;
}

type Processes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function mergedJson(left: string, right: string): string {
  const sum: Record<string, Readonly<Record<string, unknown>>> = { ...(JSON.parse(left) as Processes) };
  for (const [name, settings] of Object.entries(JSON.parse(right) as Processes)) {
    sum[name] = { ...sum[name], ...settings };
  }
  return JSON.stringify(sum);
}

/**
 * @param drills - that are to be run on it, one after the other.
 * @param without - those of their guards that it is to be without.
 */
export async function startDrillFleet(drills: readonly Drill[], without: readonly Guard[] = []): Promise<DrillFleet> {
  assertCanBeWithout(without);
  const cutOuts = without.flatMap(({ cutOut }) => cutOut ?? []);
  const data = await mkdtemp(path.join(tmpdir(), 'feedfleet-drill-'));
  const orderFile = path.join(data, 'misbehaviour.json');
  const certificates = await makeTestCertificates();
  const environment = merged([
    { FEEDFLEET_INSTANCES: JSON.stringify(INSTANCES), FEEDFLEET_PROCESSES: JSON.stringify(PROCESSES) },
    ...drills.map(({ settings = {} }) => settings),
    ...without.map(({ settings = {} }) => settings),
    { ...certificates.environment, MISBEHAVIOUR_FILE: orderFile },
    cutOuts.length === 0 ? {} : { DRILL_CUT_OUTS: JSON.stringify(cutOuts) },
    preloadedBy(['misbehaving-process', ...(cutOuts.length === 0 ? [] : (['unguarded-process'] as const))]),
  ]);
  const remove = async (): Promise<void> => {
    await certificates.remove();
    await rm(data, { recursive: true, force: true });
  };
  try {
    const fleet = await startFleet({ data, environment });
    const stop = async (): Promise<void> => {
      await fleet.stop();
      await remove();
    };
    return { fleet, certificates, orderFile, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
