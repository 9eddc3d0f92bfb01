import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from './connection.ts';
import { WriteLock } from './write-lock.ts';

let folder: string;
let path: string;
let lock: WriteLock;
let commits: number;

/** Counts what costs: the commits. */
class CountingConnection extends Connection {
  override exec(sql: string): void {
    super.exec(sql);
    if (sql === 'COMMIT') commits += 1;
  }
}

const connect = (): Connection => new CountingConnection({ path, busyTimeoutMs: 0, cacheKib: 1024 });
const insert =
  (value: number) =>
  (connection: Connection): number => {
    connection.run('INSERT INTO t (value) VALUES (?)', value);
    return value;
  };

function stored(): readonly number[] {
  const reader = connect();
  const rows = reader.all('SELECT value FROM t ORDER BY value').map((row) => Number(row.value));
  reader.close();
  return rows;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-lock-'));
  path = join(folder, 'test.db');
  const setUp = connect();
  setUp.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (value INTEGER UNIQUE)');
  setUp.close();
  lock = new WriteLock({ connect, busyTimeoutMs: 200, groupMs: Number.POSITIVE_INFINITY });
  commits = 0;
});
afterEach(async () => {
  lock.close();
  await rm(folder, { recursive: true });
});

describe('the write lock', () => {
  it('commits once for what is asked for at the same time', async () => {
    const values = Array.from({ length: 40 }, (_, index) => index);
    expect(await Promise.all(values.map((value) => lock.run(insert(value))))).toEqual(values);
    expect(commits).toBe(1);
    expect(stored()).toEqual(values);
  });

  it('takes back what fails, and keeps what its neighbours did', async () => {
    const failing = lock.run((connection) => {
      insert(2)(connection);
      throw new Error('no');
    });
    const outcomes = await Promise.allSettled([lock.run(insert(1)), failing, lock.run(insert(1)), lock.run(insert(3))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(stored()).toEqual([1, 3]);
  });

  it('gives what must be alone a transaction of its own, in its turn', async () => {
    const order: string[] = [];
    const note = (what: string) => () => void order.push(`${what} after ${commits} commits`);
    await Promise.all([lock.run(note('a')), lock.run(note('b')), lock.runAlone(note('alone')), lock.run(note('c'))]);
    expect(order).toEqual(['a after 0 commits', 'b after 0 commits', 'alone after 1 commits', 'c after 2 commits']);
  });

  it('tells everybody in time when another process keeps the lock, and works again when it is free', async () => {
    const other = connect();
    other.exec('BEGIN IMMEDIATE');
    const outcomes = await Promise.allSettled([lock.run(insert(1)), lock.run(insert(2))]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'FF_STORE_UNAVAILABLE' } });
    }
    other.exec('ROLLBACK');
    other.close();
    await expect(lock.run(insert(3))).resolves.toBe(3);
    expect(stored()).toEqual([3]);
  });

  it('refuses when it is closed, also what is waiting', async () => {
    const waiting = lock.run(insert(1));
    lock.close();
    await expect(waiting).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    await expect(lock.run(insert(2))).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    expect(stored()).toEqual([]);
  });

  it('tells each that nothing was stored when the commit fails', async () => {
    const deferred = (value: number) => (connection: Connection) => {
      connection.run('INSERT INTO child (parent) VALUES (?)', value);
    };
    await lock.run((connection) => {
      connection.exec('CREATE TABLE child (parent INTEGER REFERENCES t (value) DEFERRABLE INITIALLY DEFERRED)');
    });
    const outcomes = await Promise.allSettled([lock.run(insert(1)), lock.run(deferred(99))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(stored()).toEqual([]);
  });
});
