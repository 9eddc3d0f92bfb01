import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createLogger } from '@feedfleet/host';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { LogOutput, goOnAlone } from './alone.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-alone-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a status process whose supervisor was killed', () => {
  it('logs to the file from then on, first that it is alone, and ends with its data folder', async () => {
    const toSupervisor: string[] = [];
    const output = new LogOutput((line) => toSupervisor.push(line));
    const write = (line: string): void => output.write(line);
    const log = createLogger({ service: 'status', instance: 'status-1', level: 'info', write });
    const logFile = path.join(folder, 'status-1.log');
    log.info('before');
    const ended = new Promise<void>((end) => goOnAlone({ logFile, dataFolder: folder, output, log, end }));
    log.info('after');
    expect(toSupervisor).toEqual([expect.stringContaining('"before"')]);
    expect(readFileSync(logFile, 'utf8').trim().split('\n')).toEqual([
      expect.stringContaining('the supervisor of this fleet is gone'),
      expect.stringContaining('"after"'),
    ]);
    const alive = setInterval(() => undefined, 1000);
    rmSync(folder, { recursive: true });
    await ended;
    clearInterval(alive);
    log.info('nobody reads this, and it does no harm');
  });

  it('begins its file anew when it is full, and keeps one before', () => {
    const output = new LogOutput(() => undefined, 12);
    const file = path.join(folder, 'x.log');
    output.useFile(file);
    for (const line of ['first', 'second', 'third', 'fourth']) output.write(line);
    expect([readFileSync(file, 'utf8'), readFileSync(`${file}.1`, 'utf8')]).toEqual(['fourth\n', 'third\n']);
  });
});
