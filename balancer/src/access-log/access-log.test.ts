import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordingLog } from '../recording-log.ts';
import type { LogLine } from '../recording-log.ts';
import { AccessFile } from './access-file.ts';
import { accessLine } from './access-line.ts';
import type { AccessFacts } from './access-line.ts';
import { AccessLog } from './access-log.ts';

const facts: AccessFacts = {
  ...{
    at: Date.parse('2030-01-02T03:04:05.678Z'),
    requestId: 'r-1',
    client: '192.0.2.1',
    method: 'GET',
    httpVersion: '1.1',
  },
  ...{
    target: '/F/a/api/v3/index.json?x=1',
    status: 200,
    end: 'complete',
    family: 'v3',
    servedBy: 'v3',
    instance: 'v3-1',
  },
  ...{ feed: 'feed-1', trafficClass: 'people', durationMs: 12.345, agent: 'NuGet Command Line/6.0' },
};

describe('a line of the access log', () => {
  it('is JSON', () => {
    expect(JSON.parse(accessLine(facts))).toEqual({
      ...{ at: '2030-01-02T03:04:05.678Z', id: 'r-1', client: '192.0.2.1', method: 'GET', http: '1.1' },
      ...{ target: '/F/a/api/v3/index.json?x=1', status: 200, end: 'complete', family: 'v3', served_by: 'v3' },
      ...{ instance: 'v3-1', feed: 'feed-1', class: 'people', ms: 12.3, agent: 'NuGet Command Line/6.0' },
    });
  });

  it('has no keys, whatever the client sent', () => {
    const key = `ff_${'k'.repeat(43)}`;
    const line = accessLine({ ...facts, target: `/F/a/auth/${key}/api/v2?apikey=${key}`, agent: `tool ${key}` });
    expect(line).not.toContain(key);
  });

  it('has no part of a key where the target or the agent is cut', () => {
    const key = `ff_${'k'.repeat(43)}`;
    for (const before of [980, 985, 990]) {
      const target = `/${'x'.repeat(before - 2)}/${key}`;
      expect(accessLine({ ...facts, target, agent: `${'x'.repeat(before - 800)} ${key}` })).not.toContain('kkk');
    }
  });

  it('is one line, whatever the client sent', () => {
    const made = 'x"}\n{"status":200,"end":"made up"}';
    const line = accessLine({ ...facts, target: `/${made}`, agent: made, requestId: made, client: made });
    expect(line.split('\n')).toHaveLength(2);
    expect(JSON.parse(line)).toMatchObject({ agent: made, id: made, end: 'complete' });
  });

  it('says what there was not', () => {
    const refused = { instance: undefined, feed: undefined, trafficClass: undefined, agent: undefined };
    const line = accessLine({ ...facts, ...refused });
    expect(JSON.parse(line)).toMatchObject({ instance: null, feed: null, class: null, agent: '' });
  });
});

describe('the access log', () => {
  it('has a line for what was refused before it was a request', async () => {
    const dataFolder = await mkdtemp(path.join(tmpdir(), 'feedfleet-access-'));
    const log = new AccessLog({ dataFolder, instance: 'b-1', log: recordingLog([]), wallClock: () => facts.at });
    log.refused({ reason: 'headersTooLarge', status: 431, peer: '192.0.2.1' });
    await log.close();
    const line = await readFile(path.join(dataFolder, 'logs', 'b-1.access.log'), 'utf8');
    expect(JSON.parse(line)).toMatchObject({
      ...{ at: '2030-01-02T03:04:05.678Z', client: '192.0.2.1', status: 431, end: 'headers_too_large', family: 'none' },
    });
    await rm(dataFolder, { recursive: true });
  });
});

describe('the file of the access log', () => {
  const plain = { lineOf: (line: string) => line };
  let folder: string;
  let lines: LogLine[];
  const inFolder = (name: string): string => path.join(folder, name);
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-access-'));
    lines = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has every line in its order, those of a former process first', async () => {
    await writeFile(inFolder('access.log'), 'before\n');
    const file = new AccessFile({ ...plain, file: inFolder('access.log'), log: recordingLog(lines) });
    for (const line of ['one\n', 'two\n']) file.write(line);
    await file.flush();
    file.write('three\n');
    await file.close();
    expect(await readFile(inFolder('access.log'), 'utf8')).toBe('before\none\ntwo\nthree\n');
  });

  it('is put aside when it is full, and the oldest one goes', async () => {
    const file = new AccessFile({
      ...plain,
      file: inFolder('access.log'),
      log: recordingLog(lines),
      maxBytes: 10,
      keep: 2,
    });
    for (const name of ['a', 'b', 'c', 'd']) {
      file.write(`${name.repeat(8)}\n`);
      await file.flush();
    }
    await file.close();
    expect((await readdir(folder)).sort()).toEqual(['access.log', 'access.log.1', 'access.log.2']);
    expect(await readFile(inFolder('access.log.2'), 'utf8')).toBe('bbbbbbbb\n');
    expect(await readFile(inFolder('access.log'), 'utf8')).toBe('dddddddd\n');
  });

  it('that cannot be written is told of once, and goes on when it can be', async () => {
    const file = new AccessFile({ ...plain, file: inFolder('later/access.log'), log: recordingLog(lines) });
    for (const line of ['one\n', 'two\n']) {
      file.write(line);
      await file.flush();
    }
    expect(lines.map(({ message }) => message)).toEqual(['the access log cannot be written']);
    await mkdir(inFolder('later'));
    file.write('three\n');
    await file.close();
    expect(await readFile(inFolder('later/access.log'), 'utf8')).toBe('three\n');
    expect(lines.at(-1)).toMatchObject({ message: 'lines of the access log were lost', fields: { 'log.lost': 2 } });
  });
});
