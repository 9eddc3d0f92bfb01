import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

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

  it('is refused when it is no database', async () => {
    const folder = await newFolder();
    const file = path.join(folder, 'registry.db');
    await writeFile(file, 'not a database, but long enough to look at the header of one '.repeat(20));
    await chmod(file, 0o600);
    expect(() => SqliteRegistryLog.open(file)).toThrow(expect.objectContaining({ code: 'FF_CORRUPT' }));
    await rm(folder, { recursive: true });
  });
});
