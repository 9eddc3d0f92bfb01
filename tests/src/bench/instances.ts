/** Which process of a fleet listens where. */
import { spawnSync } from 'node:child_process';

import type { Fleet } from '@feedfleet/throwaway-fleet';

import { processTree } from './processor-time.ts';

interface RunningInstance {
  readonly port: number;
  readonly pid: number;
}

/** By instance id; the balancer as `balancer`. */
export type Instances = ReadonlyMap<string, RunningInstance>;

export async function instancesOf(fleet: Fleet): Promise<Instances> {
  const { instances } = await fleet.registry.snapshot();
  const tree = processTree(fleet.supervisor.pid ?? 0);
  const at = (url: string): RunningInstance => {
    const port = Number(new URL(url).port);
    return { port, pid: pidListeningOn(port, tree) };
  };
  return new Map([...instances.map(({ id, url }) => [id, at(url)] as const), ['balancer', at(fleet.url)] as const]);
}

function pidListeningOn(port: number, candidates: readonly number[]): number {
  const { stdout } = spawnSync('ss', ['-Hltnp', `sport = :${port}`], { encoding: 'utf8' });
  const pid = Number(/pid=(\d+)/.exec(stdout)?.[1]);
  if (!candidates.includes(pid)) throw new Error(`nobody of the fleet listens on ${port}`);
  return pid;
}
