import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { everything, everyVersion, sampleVersion } from '../sample-packages.ts';
import { OWNER, publish } from '../store-under-test.ts';
import { Connection } from './connection.ts';
import type { Row } from './connection.ts';
import { ListReader } from './list-reader.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import { SearchReader } from './search-reader.ts';
import { VersionRows } from './stored-version-row.ts';

/** Remembers what its statements gave. */
class ObservedConnection extends Connection {
  rows = 0;
  texts: string[] = [];
  /** What the full-text tables were asked for. */
  expressions: unknown[] = [];

  override all(...given: Parameters<Connection['all']>): Row[] {
    const found = super.all(...given);
    this.rows += found.length;
    return found;
  }

  override get(...given: Parameters<Connection['get']>): Row | undefined {
    const found = super.get(...given);
    if (given[0].includes('MATCH')) this.expressions.push(given[1]);
    this.texts.push(...Object.values(found ?? {}).filter((value) => typeof value === 'string'));
    return found;
  }
}

const IDS = 700;
let folder: string;
let connection: ObservedConnection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-search-'));
  const store = await openEmbeddedStore({ folder, instance: 'test' });
  const { metadata } = store;
  const ids = Array.from({ length: IDS }, (_, index) => `Word.P${String(index).padStart(4, '0')}`);
  await Promise.all([
    ...ids.map((id) => publish(metadata, 'f', sampleVersion({ id, version: '1.0.0' }), OWNER)),
    ...Array.from({ length: 60 }, (_, index) =>
      publish(metadata, 'f', sampleVersion({ id: 'Many', version: `1.0.${index}` }), OWNER),
    ),
  ]);
  store.close();
  connection = new ObservedConnection({ path: join(folder, 'feedfleet.db'), busyTimeoutMs: 1000, cacheKib: 1000 });
});
afterAll(async () => {
  connection.close();
  await rm(folder, { recursive: true });
});

/** How many rows, and how many elements of lists in texts, `work` has read. */
async function read(work: () => Promise<unknown>): Promise<{ readonly rows: number; readonly longest: number }> {
  connection.rows = 0;
  connection.texts = [];
  connection.expressions = [];
  await work();
  const lists = connection.texts.map((text) => JSON.parse(text) as readonly unknown[]);
  return { rows: connection.rows, longest: Math.max(0, ...lists.map((list) => list.length)) };
}

/** Counts the turns that others have while `work` runs, on a clock by which each look at it is due. */
async function turnsDuring(work: (now: () => number) => Promise<unknown>): Promise<number> {
  let [turns, time, isOver] = [0, 0, false];
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work(() => (time += 5)).finally(() => (isOver = true));
  return turns;
}

const reader = (now?: () => number): SearchReader => new SearchReader(connection, new VersionRows(connection), now);

describe('a search', () => {
  it('reads one whole version of each id on the page, however many versions it has', async () => {
    const { rows } = await read(async () => {
      const { hits } = await reader().search('f', { ...everything, text: 'many' });
      expect(hits.map(({ newest, versions }) => [newest.version, versions.length])).toEqual([['1.0.59', 60]]);
    });
    expect(rows).toBe(1);
  });

  it('compares a part of the ids that have a frequent word, and counts all', async () => {
    const { rows } = await read(async () => {
      const { total, hits } = await reader().search('f', { ...everything, text: 'word', take: 5 });
      expect([total, hits.length]).toEqual([IDS, 5]);
    });
    // The page, and the ids that begin with the text.
    expect(rows).toBeLessThanOrEqual(105);
    const compared = connection.texts
      .map((text) => JSON.parse(text) as readonly unknown[])
      .filter((list) => typeof list[0] === 'string');
    expect(compared.map((list) => list.length)).toEqual([350]);
  });

  it('looks a word up among the ids, and not in all documents that have it elsewhere', async () => {
    await read(() => reader().search('f', { ...everything, text: 'WORD.' }));
    expect(connection.expressions).toEqual(['"000001word"*', '"000001word"']);
    await read(() => reader().search('f', { ...everything, text: 'word p' }));
    expect(connection.expressions).toContain('id : "000001wordp"');
  });

  it('compares still fewer to complete an id', async () => {
    const { rows } = await read(async () => {
      const { total, ids } = await reader().completeIds('f', { ...everything, text: 'word', take: 5 });
      expect([total, ids]).toEqual([IDS, ['Word.P0000', 'Word.P0001', 'Word.P0002', 'Word.P0003', 'Word.P0004']]);
    });
    expect(rows).toBeLessThanOrEqual(50);
  });

  it('gives others their turn between its statements', async () => {
    expect(await turnsDuring((now) => reader(now).search('f', { ...everything, text: 'word' }))).toBeGreaterThan(5);
    expect(await turnsDuring((now) => reader(now).completeIds('f', { ...everything, text: 'word' }))).toBeGreaterThan(
      1,
    );
    const list = (now: () => number) => new ListReader(connection, new VersionRows(connection), now);
    // Two reads of the index, and two of as many ids as are read at once.
    expect(await turnsDuring((now) => list(now).list('f', { ...everyVersion, text: 'word' }))).toBeGreaterThan(3);
  });

  it('ends when its asker goes', async () => {
    const controller = new AbortController();
    let time = 0;
    const search = reader(() => (time += 5)).search(
      'f',
      { ...everything, text: 'word' },
      { signal: controller.signal },
    );
    controller.abort(new Error('gone'));
    await expect(search).rejects.toThrow('gone');
  });
});
