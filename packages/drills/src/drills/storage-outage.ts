/** The disk with the packages breaks. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import type { LoadAnswer } from '@feedfleet/load';
import { samplePackage } from '@feedfleet/sample-package';

import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { fillDisk } from '../faults/full-disk.ts';
import { boundedWait, finding, noFailures, over } from '../laws.ts';
import type { Answer, Stage } from '../stage.ts';

/** Whoever opens packages. */
const INSTANCES = ['default-1', 'v1-1', 'v2-1', 'v2-2', 'v3-1', 'symbols-1', 'push-1'];
const READ_RATE = 20;
const FEW_RATE = 4;
const MOST_READ_BACK = 400;
const COLD_BYTES = 1_200_000;
const WAIT_LIMIT_MS = 2_000;

export const storageOutage: Drill = {
  name: 'storage-outage',
  hypothesis:
    'When the disk with the packages fails, everything that needs no package goes on, packages that were just asked for are still served, and the rest is told to come again; no push is acknowledged that is not there afterwards.',
  fault:
    'Every call on the folders of packages and of uploads fails with EIO, in all processes; then, where this user may mount, the disk of the uploads is full.',
  guard: {
    what: 'the memory of small packages that are asked for often',
    off: 'nothing is kept (blobCacheBytes is 0)',
    law: 'still-served',
    settings: { FEEDFLEET_PROCESSES: JSON.stringify({ v3: { blobCacheBytes: 0 } }) },
  },
  victims: ['push'],
  fitsTarget: false,
  open,
};

interface Pushed {
  readonly id: string;
  readonly status: number;
}

const fileOf = (id: string): string => `/api/v3/flat/${id}/1.0.0/${id}.1.0.0.nupkg`;

const always = (rate: number): DrillGroup['rates'] => ({ quiet: rate, control: rate, fault: rate, recovery: rate });

/** Of a package that is kept in memory, and of one that is not. */
function readers(stage: Stage, feed: string, hotBytes: Buffer): readonly DrillGroup[] {
  const isHot = ({ status, body }: LoadAnswer): string | undefined => {
    if (status !== 200) return `status ${status}`;
    return body.equals(hotBytes) ? undefined : 'another package';
  };
  const urlOf = (id: string): string => `${stage.fleet.url}/F/${feed}${fileOf(id)}`;
  return [
    {
      name: 'hot',
      rates: always(READ_RATE),
      request: () => ({ url: urlOf('drill.hot'), keepsBody: true, judge: isHot }),
    },
    { name: 'cold', rates: always(FEW_RATE), request: () => ({ url: urlOf('drill.cold') }) },
  ];
}

/** @param results - gets how each push ended. */
function pushers(stage: Stage, feed: string, results: Pushed[]): DrillGroup {
  const headers = { 'x-nuget-apikey': stage.fleet.adminKey, 'content-type': 'application/octet-stream' };
  return {
    name: 'pushers',
    rates: always(FEW_RATE),
    request: (turn) => {
      const id = `Drill.Taken${turn}`;
      return {
        ...{ url: `${stage.fleet.url}/F/${feed}/api/v2/package/`, method: 'PUT', headers },
        body: samplePackage({ id, version: '1.0.0' }),
        judge: ({ status }) => {
          results.push({ id, status });
          return status === 201 ? undefined : `status ${status}`;
        },
      };
    },
  };
}

async function open(stage: Stage): Promise<Scene> {
  const [read, pushed] = [await stage.addFeed('stored'), await stage.addFeed('taken')];
  const hotBytes = await stage.push(read, 'Drill.Hot');
  // Too large to be kept in memory, so that each request reads the disk.
  await stage.push(read, 'Drill.Cold', '1.0.0', randomBytes(COLD_BYTES));
  const store = path.join(stage.fleet.data, 'store');
  const cold = `/F/${read}${fileOf('drill.cold')}`;
  const results: Pushed[] = [];
  const fullDisk: Finding[] = [];
  return {
    groups: [...readers(stage, read, hotBytes), pushers(stage, pushed, results)],
    begin: async () => {
      const running = INSTANCES.filter((instance) => stage.processes.idOf(instance) !== undefined);
      stage.order(running, { what: 'no disk', durationMs: stage.faultMs, where: store });
      await stage.pause(stage.faultMs);
      const remove = fillDisk(path.join(store, 'staging', 'push-1'));
      if (remove === undefined) return;
      stage.later(() => {
        remove();
        return Promise.resolve();
      });
      try {
        fullDisk.push(await onFullDisk(stage, pushed, cold));
      } finally {
        remove();
      }
    },
    end: () => Promise.resolve(),
    isWell: async () => {
      const { status, body } = await stage.ask(cold);
      return status === 200 && body.length > COLD_BYTES;
    },
    judge: async (seen) => [
      ...judged(seen),
      ...fullDisk,
      await durable(results, (id) => stage.ask(`/F/${pushed}${fileOf(id.toLowerCase())}`)),
    ],
  };
}

function judged({ report }: Seen): readonly Finding[] {
  const cold = report.of('fault', 'cold');
  return [
    noFailures(over(report, ['hot']), { id: 'still-served', law: 'What could be served a second ago is still served' }),
    finding({
      id: 'broken',
      law: 'The fault was one',
      holds: cold.errors > 0,
      expected: 'packages that cannot be read',
      measured: `${cold.errors} of ${cold.sent}`,
    }),
    noFailures(over(report, ['cold', 'pushers', 'push']), {
      ...{ id: 'come-again', mayRefuse: true },
      law: 'What cannot be done is told to come again: never a wrong answer, never that it is not there',
    }),
    boundedWait(report.sum('fault', ['cold', 'pushers']), {
      ...{ id: 'bounded-wait', mostMs: WAIT_LIMIT_MS },
      law: 'Nobody waits for the disk',
    }),
  ];
}

/** Pushes are told to come again, and what is there is served from the disk. */
async function onFullDisk(stage: Stage, feed: string, cold: string): Promise<Finding> {
  const push = await stage.send(feed, samplePackage({ id: 'Drill.NoRoom', version: '1.0.0' }));
  const read = await stage.ask(cold);
  return finding({
    id: 'full-disk',
    law: 'A full disk keeps no package from being read; a push is told to come again',
    holds: push.status === 503 && push.headers.has('retry-after') && read.status === 200,
    expected: 'push 503 with Retry-After, read 200',
    measured: `push ${push.status}, Retry-After ${push.headers.get('retry-after') ?? 'missing'}, read ${read.status}`,
  });
}

/** Every push that was acknowledged is there, and no other. */
async function durable(results: readonly Pushed[], ask: (id: string) => Promise<Answer>): Promise<Finding> {
  const wrong: string[] = [];
  for (const { id, status } of results.slice(0, MOST_READ_BACK)) {
    const found = await ask(id);
    const isThere = found.status === 200 && found.body.equals(samplePackage({ id, version: '1.0.0' }));
    if (isThere !== (status === 201)) wrong.push(`${id}: pushed with ${status}, read with ${found.status}`);
  }
  const taken = results.filter(({ status }) => status === 201).length;
  return finding({
    id: 'durable',
    law: 'What was acknowledged is there, and what was not has left nothing',
    holds: wrong.length === 0 && taken > 0,
    expected: `${taken} of ${results.length} pushes, to the byte`,
    measured: wrong.length === 0 ? 'so it is' : wrong.slice(0, 3).join('; '),
  });
}
