import { describe, expect, it } from '@jest/globals';
import { Connection } from './connection.ts';
import { openReader } from './open-database.ts';
import { WriteLock } from './write-lock.ts';

describe('a database that can have no write-ahead log', () => {
  it('is refused, and the folder is to blame', async () => {
    const options = { path: ':memory:', cacheKib: 100, busyTimeoutMs: 0 };
    const writeLock = new WriteLock({ connect: () => new Connection(options), busyTimeoutMs: 0 });
    await expect(openReader({ ...options, writeLock })).rejects.toMatchObject({
      code: 'FF_FOLDER_UNUSABLE',
      message: expect.stringContaining('memory'),
    });
    writeLock.close();
  });
});
