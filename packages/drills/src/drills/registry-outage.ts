/** The registry is gone and does not come back, and a family's process has to start without it. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { eventually } from '@feedfleet/throwaway-fleet';

import type { Drill, Finding, Scene } from '../drill.ts';
import { finding, ms } from '../laws.ts';
import type { Stage } from '../stage.ts';

const FAMILY = 'v3';
const VICTIM = 'v3-1';
const START_LIMIT_MS = 8_000;
const KEPT_LIMIT_MS = 10_000;

export const registryOutage: Drill = {
  name: 'registry-outage',
  hypothesis:
    'When the registry is gone, what could be served a second ago is still served, also by a process that starts without it; changes are refused and say why.',
  fault: `The registry is killed and cannot open its database any more; ${VICTIM} is killed and has to start without it.`,
  guard: {
    what: 'the snapshot of the registry that each process keeps on its disk',
    off: `what ${VICTIM} has kept is gone when it starts`,
    law: 'starts-without',
  },
  victims: [FAMILY],
  fitsTarget: false,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const { data, registry } = stage.fleet;
  const folder = path.join(data, 'registry');
  const snapshots = path.join(data, 'snapshots', VICTIM);
  const feed = await stage.addFeed('kept', { visibility: 'private' });
  await stage.push(feed, 'Drill.Kept');
  const { change } = await registry.feeds.update(feed, { description: 'known to all' });
  await untilKept(snapshots, change.number);
  const ask = (): ReturnType<Stage['ask']> =>
    stage.ask(`/F/${feed}/api/v3/flat/drill.kept/index.json`, { headers: { 'x-nuget-apikey': stage.fleet.adminKey } });
  const findings: Finding[] = [];
  let isAway = false;
  return {
    groups: [],
    begin: async () => {
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, 'in the way');
      isAway = true;
      stage.processes.signal('registry-1', 'SIGKILL');
      findings.push(await refusal(stage));
      if (!stage.isGuarded) rmSync(snapshots, { recursive: true });
      const killed = stage.processes.signal(VICTIM, 'SIGKILL');
      findings.push(await startWithout(stage, killed, ask));
    },
    end: () => {
      if (isAway) {
        rmSync(folder);
        renameSync(`${folder}.away`, folder);
        isAway = false;
      }
      return Promise.resolve();
    },
    isWell: async () => {
      // A change that everybody has taken: nobody is cut off any more.
      const { change: late } = await registry.feeds.update(feed, { description: `changed at ${Date.now()}` });
      const { processes, of } = late.applied;
      return processes === of && (await ask()).status === 200;
    },
    judge: () => findings,
  };
}

/** What a process knows is on its disk a second later. */
async function untilKept(folder: string, number: number): Promise<void> {
  const what = `change ${number} is on the disk`;
  await eventually({ what, limitMs: KEPT_LIMIT_MS }, () => {
    const files = existsSync(folder) ? readdirSync(folder).filter((name) => name === 'registry-snapshot.json') : [];
    const numbers = files.map((name) =>
      Number(/"number":(\d+)/.exec(readFileSync(path.join(folder, name), 'utf8'))?.[1]),
    );
    return numbers.some((kept) => kept >= number) ? true : undefined;
  });
}

async function refusal(stage: Stage): Promise<Finding> {
  const outcome = await stage.fleet.registry.feeds.create({ name: stage.name('late') }).then(
    () => 'it was made',
    (error: unknown) => String((error as { readonly code?: unknown }).code),
  );
  return finding({
    id: 'says-why',
    law: 'A change is refused, and says why',
    holds: outcome === 'FF_REGISTRY_UNAVAILABLE',
    expected: 'FF_REGISTRY_UNAVAILABLE',
    measured: outcome,
  });
}

async function startWithout(stage: Stage, killed: number, ask: () => ReturnType<Stage['ask']>): Promise<Finding> {
  const begun = performance.now();
  await stage.processes.untilReplaced(VICTIM, killed);
  const took = await eventually(
    { what: `${VICTIM} serves`, limitMs: START_LIMIT_MS, signal: stage.signal },
    async () => ((await ask()).status === 200 ? performance.now() - begun : undefined),
  ).catch(() => undefined);
  return finding({
    id: 'starts-without',
    law: 'A process that starts without the registry serves what it knew',
    holds: took !== undefined,
    expected: `${VICTIM} serves a private feed within ${ms(START_LIMIT_MS)}`,
    measured: took === undefined ? 'it does not' : `after ${ms(took)}`,
  });
}
