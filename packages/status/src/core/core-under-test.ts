/** The core on a real database in a folder of its own, with a clock that is told the time. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createLogger, createMetrics } from '@feedfleet/host';
import { systemClock } from '@feedfleet/registry-client';
import type { FamilyReport, Maintenance } from '@feedfleet/status-model';

import { settingsSchema } from '../settings.ts';
import { sampleMigrations } from '../storage/sample-tables.ts';
import { StatusDatabase } from '../storage/status-database.ts';
import { StatusCore } from './status-core.ts';

export interface CoreUnderTest {
  readonly core: () => StatusCore;
  /** Whatever is planned; may be changed. */
  readonly maintenance: Maintenance[];
  setTime(now: number): void;
  /** Sums up, removes what is old. */
  settle(): Promise<void>;
  family(id: string): FamilyReport;
  /** Of the database and its log, in bytes. */
  bytes(): number;
  /** As after the end of the process and a new start. */
  restart(): void;
  dispose(): void;
}

const never = new AbortController().signal;

export function openCoreUnderTest(startsAt: number): CoreUnderTest {
  const folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-status-core-'));
  const file = path.join(folder, 'status.db');
  const maintenance: Maintenance[] = [];
  let now = startsAt;
  let database: StatusDatabase;
  const open = (): StatusCore => {
    database = StatusDatabase.open(file, [{ name: 'samples', migrations: sampleMigrations }]);
    const core = new StatusCore({
      database,
      settings: settingsSchema.parse({ instance: 'test', listenPort: 0, dataFolder: folder }),
      clock: { ...systemClock, now: () => now },
      random: () => 0.5,
      log: createLogger({ service: 'status', instance: 'test', level: 'error' }),
      metrics: createMetrics({ service: 'status', instance: 'test' }),
    });
    const overlapping = (from: number, to: number): readonly Maintenance[] =>
      maintenance.filter(({ startsAt: start, endsAt }) => Date.parse(start) < to && Date.parse(endsAt) > from);
    core.useParts([{ name: 'test', report: { maintenanceBetween: overlapping } }]);
    return core;
  };
  let core = open();
  return {
    core: () => core,
    maintenance,
    setTime: (time) => {
      now = time;
    },
    async settle() {
      await core.sumUp(never);
      await core.removeOld(never);
    },
    family(id) {
      core.invalidate();
      const found = core.current().families.find((each) => each.id === id);
      if (found === undefined) throw new Error(`no family ${id}`);
      return found;
    },
    bytes: () =>
      [file, `${file}-wal`].reduce((sum, each) => sum + (statSync(each, { throwIfNoEntry: false })?.size ?? 0), 0),
    restart() {
      database.close();
      core = open();
    },
    dispose() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
