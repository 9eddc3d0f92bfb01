import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, errorOf, KEY, type Ended } from '../cli-fixture.ts';

let cli: CliFixture;
let server: Server;
let url: string;
let asked: string[];
let answer: object;

const step = (name: string, outcome: string, rest: object = {}): object => ({
  ...{ step: name, outcome, code: null, detail: `${name} is so`, tookMs: null },
  ...rest,
});
const told = (works: boolean, ...steps: readonly object[]): object => ({
  ...{ feed: 'acme', source: { id: 'source-1', name: 'partner', enabled: works }, works, steps },
});

beforeEach(async () => {
  cli = await CliFixture.open();
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)}`);
    response.writeHead(200).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/F/acme`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cli.remove();
});

const test = (...args: readonly string[]): Promise<Ended> => cli.run(['source', 'test', url, ...args, '--key', KEY]);

describe('feedfleet source test', () => {
  it('tells the steps, how long they took, and that the source works', async () => {
    answer = told(true, step('address', 'passed', { tookMs: 3 }), step('search', 'warning'));
    const { code, out, err } = await test('my partner', '--id', 'Acme.Core');
    expect([code, err]).toEqual([0, '']);
    expect(asked).toEqual(['POST /F/acme/api/manage/source-tests?source=my+partner&id=Acme.Core']);
    expect(out).toMatch(/address +ok +3 ms +address is so\n.*search +warning +- +search is so\n.*partner works\./s);
  });

  it('ends with the failure of the first step that failed, after all steps', async () => {
    const failed = { code: 'FF_SOURCE_NOT_TRUSTED', detail: 'the certificate of the source expired at 2026-01-02' };
    answer = told(false, step('address', 'passed'), step('tls', 'failed', failed), step('loop', 'skipped'));
    const { code, out, err } = await test('partner');
    expect(code).toBe(1);
    expect(out).toMatch(/tls +FAILED.*expired at 2026-01-02\n.*loop +skipped .*partner is disabled/s);
    expect(err).toMatch(
      /^FF_SOURCE_NOT_TRUSTED: .*partner: tls: the certificate of the source expired at 2026-01-02\n/,
    );
    const json = await test('partner', '--json');
    expect([json.code, JSON.parse(json.out)]).toEqual([1, answer]);
    expect(errorOf(json)).toMatchObject({ code: 'FF_SOURCE_NOT_TRUSTED' });
  });

  it('has a failure to tell also where a step failed without a code', async () => {
    answer = told(false, step('loop', 'failed'));
    expect((await test('partner')).err).toMatch(/^FF_SOURCE_UNAVAILABLE: .*partner: loop: loop is so/);
  });

  it('wants a key, and asks nobody without', async () => {
    const ended = await cli.run(['source', 'test', url, 'partner', '--json']);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_UNAUTHENTICATED' });
    expect(asked).toEqual([]);
  });
});
