import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING } from '@feedfleet/registry-client';

import { describeRegistryLog } from './registry-log-conformance.ts';
import { SqliteRegistryLog } from './sqlite-registry-log.ts';

const newFolder = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'feedfleet-registry-'));

describeRegistryLog('SQLite', async () => {
  const folder = await newFolder();
  const file = path.join(folder, 'registry', 'registry.db');
  let log = SqliteRegistryLog.open(file);
  return {
    log,
    reopen: () => {
      log.close();
      log = SqliteRegistryLog.open(file);
      return log;
    },
    dispose: async () => {
      log.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('registry.db', () => {
  it('belongs to one registry at a time, and to its user', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'registry.db');
    const log = SqliteRegistryLog.open(file);
    expect(() => SqliteRegistryLog.open(file)).toThrow(expect.objectContaining({ code: 'FF_ALREADY_RUNNING' }));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    log.close();
    SqliteRegistryLog.open(file).close();
    await rm(folder, { recursive: true });
  });

  it('is read that was written before instances, families and feeds had what they have today', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'registry.db');
    SqliteRegistryLog.open(file).close();
    const database = new DatabaseSync(file);
    database.exec('DROP TABLE instance_notes');
    const insert = database.prepare('INSERT INTO entities (kind, id, value) VALUES (?, ?, ?)');
    insert.run('family', 'v2', '{"id":"v2","title":"Second"}');
    insert.run('instance', 'v2-1', '{"id":"v2-1","family":"v2","url":"http://127.0.0.1:5001"}');
    const operations =
      '[{"entity":"instance","id":"v2-1","value":{"id":"v2-1","family":"v2","url":"http://127.0.0.1:5001"}}]';
    database.prepare('INSERT INTO changes VALUES (1, ?, ?, ?, ?)').run('2026-01-01T00:00:00Z', 'a', 's', operations);
    database.close();
    const log = SqliteRegistryLog.open(file);
    const snapshot = log.snapshot();
    expect(snapshot).toMatchObject({ number: 1, reroutes: [], quarantines: [], datacenters: [] });
    expect(snapshot.families).toEqual([{ id: 'v2', title: 'Second', balancing: DEFAULT_BALANCING }]);
    const instance = { ...{ id: 'v2-1', family: 'v2', url: 'http://127.0.0.1:5001', weight: 100, datacenter: 'main' } };
    const whole = { ...instance, state: 'active', pool: 'main', release: '' };
    expect(snapshot.instances).toEqual([whole]);
    expect(log.changesAfter(0, 10)).toMatchObject([{ operations: [{ entity: 'instance', value: whole }] }]);
    expect([...log.instanceNotes()]).toEqual([]);
    log.close();
    await rm(folder, { recursive: true });
  });

  it('is refused when it is no database', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'registry.db');
    await writeFile(file, 'not a database, but long enough to look at the header of one '.repeat(20));
    await chmod(file, 0o600);
    expect(() => SqliteRegistryLog.open(file)).toThrow(expect.objectContaining({ code: 'FF_CORRUPT' }));
    await rm(folder, { recursive: true });
  });
});
