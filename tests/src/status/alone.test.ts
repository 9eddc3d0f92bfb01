/** What is left of the status page when everything else of a fleet is killed, its supervisor first. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { statusReportSchema } from '@feedfleet/status-model';
import type { StatusReport } from '@feedfleet/status-model';
import { eventually, portsOf, startFleet, statusProcessOf } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const START_MS = 90_000;
const TOLD_MS = 30_000;

let data: string;
let fleet: Fleet;

beforeAll(async () => {
  data = mkdtempSync(path.join(tmpdir(), 'feedfleet-alone-'));
  fleet = await startFleet({ data, status: true });
});

afterAll(async () => {
  await fleet.stop();
  rmSync(data, { recursive: true, force: true });
});

async function report(): Promise<StatusReport> {
  const answer = await fetch(`http://127.0.0.1:${portsOf(fleet)['status-1'] ?? 0}/api/status`);
  return statusReportSchema.parse(await answer.json());
}

const untilAll = (state: string, limitMs: number) =>
  eventually({ what: `all families are ${state}`, limitMs }, async () => {
    const now = await report();
    return now.families.length > 0 && now.families.every((family) => family.state === state) ? now : undefined;
  });

const downOf = ({ families }: StatusReport): ReadonlyMap<string, number> =>
  new Map(families.map(({ id, months }) => [id, months.at(-1)?.times.down ?? 0]));

/** Without those of the status page. */
const idsOfOthers = (): readonly number[] => {
  const { processes } = JSON.parse(readFileSync(path.join(data, 'processes.json'), 'utf8')) as {
    readonly processes: Readonly<Record<string, { readonly id: number }>>;
  };
  return Object.entries(processes).flatMap(([name, { id }]) => (name === 'status-1' ? [] : [id]));
};

const isRunning = (id: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${id}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** As `kill -9` of all that is there: the supervisor first, since it would start the others again. */
async function killAllButStatus(): Promise<void> {
  const others = idsOfOthers();
  const gone = once(fleet.supervisor, 'exit');
  fleet.supervisor.kill('SIGKILL');
  await gone;
  for (const id of others) if (isRunning(id)) process.kill(id, 'SIGKILL');
  await eventually({ what: 'all others are gone', limitMs: 5000 }, () => (others.some(isRunning) ? undefined : true));
}

it('answers and looks on when all else is killed with the supervisor, until the next start takes over', async () => {
  const before = await untilAll('up', START_MS);
  const [former, formerPort] = [statusProcessOf(data), portsOf(fleet)['status-1']];
  await killAllButStatus();
  const alone = await untilAll('down', TOLD_MS);
  expect(alone.overall.state).toBe('down');
  expect(statusProcessOf(data)).toBe(former);
  expect(readFileSync(path.join(data, 'logs', 'status-1.log'), 'utf8')).toContain(
    'the supervisor of this fleet is gone',
  );

  fleet = await startFleet({ data, status: true });
  expect(fleet.screen()).not.toContain('which hung');
  expect(isRunning(former ?? 0)).toBe(false);
  expect(portsOf(fleet)['status-1']).toBe(formerPort);
  await untilAll('up', START_MS);
  await eventually({ what: 'the outage is counted', limitMs: TOLD_MS }, async () => {
    const known = downOf(await report());
    return [...downOf(before)].every(([id, time]) => (known.get(id) ?? 0) > time) ? true : undefined;
  });

  const last = statusProcessOf(data) ?? 0;
  expect(await fleet.stop()).toBe(0);
  expect(isRunning(last)).toBe(false);
}, 240_000);

it('ends with its data folder when no supervisor is there', async () => {
  fleet = await startFleet({ data, status: true });
  const left = statusProcessOf(data) ?? 0;
  await killAllButStatus();
  expect(isRunning(left)).toBe(true);
  rmSync(data, { recursive: true, force: true });
  await eventually({ what: 'it is gone', limitMs: 10_000 }, () => (isRunning(left) ? undefined : true));
}, 120_000);
