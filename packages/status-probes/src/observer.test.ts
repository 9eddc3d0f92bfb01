import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { canarySymbols } from './canary-symbols.ts';
import { packageToPush, packageToRead } from './canary-package.ts';
import type { ObservationPlan } from './observation-plan.ts';
import { Observer } from './observer.ts';

/** What is pushed, by its bytes. */
const NAMES = new Map([
  [packageToRead().sha512, 'a version that is there'],
  [packageToPush('local').sha512, 'a package'],
]);

let server: Server;
let pushed: string[];
/** What ends a test when it was pushed six times. */
let wanted: string;
/** Of the answers. */
let statuses: Record<string, number>;
let enough: PromiseWithResolvers<undefined>;

beforeEach(async () => {
  statuses = { 'a version that is there': 409, symbols: 201, 'a package': 201, 'an unlisting': 204 };
  [pushed, wanted, enough] = [[], 'symbols', Promise.withResolvers<undefined>()];
  server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const name = NAMES.get(createHash('sha512').update(body).digest('base64'));
      const isSymbols = body.equals(canarySymbols().bytes) && request.url?.endsWith('/symbolpackage') === true;
      const what = isSymbols ? 'symbols' : (name ?? 'an unlisting');
      pushed.push(what);
      response.writeHead(statuses[what] ?? 500);
      response.end('{"code":"FF_PACKAGE_EXISTS"}');
      if (timesOf(wanted) === 6) enough.resolve(undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const timesOf = (what: string): number => pushed.filter((each) => each === what).length;

/** @returns the verdicts of the family that takes pushes. */
async function observe(writeMs: number): Promise<readonly string[]> {
  const verdicts: string[] = [];
  const plan: ObservationPlan = {
    version: 1,
    entryUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    canary: { feed: 'canary', key: 'key' },
    ...{ familyMs: 50, instanceMs: 1000, writeMs, slowMs: 60_000, timeoutMs: 5000 },
    families: [{ id: 'push', title: 'Push', path: '/F/{feed}/api/v2/package' }],
    instances: [],
  };
  const observer = new Observer({
    name: 'local',
    plan: () => plan,
    now: Date.now,
    onSample: ({ verdict }) => verdicts.push(verdict),
    onFault: (error) => enough.reject(error),
  });
  observer.start();
  await enough.promise;
  observer.stop();
  return verdicts;
}

describe('pushes of an observer', () => {
  it('are of symbols again and again, and of a package once, for each of those is in the catalog for ever', async () => {
    const verdicts = await observe(50);
    expect([timesOf('a package'), timesOf('an unlisting')]).toEqual([1, 1]);
    expect(new Set(verdicts)).toEqual(new Set(['ok']));
  });

  it('are tried again at once while they fail', async () => {
    statuses.symbols = 500;
    expect(new Set(await observe(3_600_000))).toEqual(new Set(['failed']));
  });

  it('are of a package a few times while its unlisting fails, which is told all the time', async () => {
    statuses['an unlisting'] = 500;
    wanted = 'a version that is there';
    expect(new Set(await observe(3_600_000))).toEqual(new Set(['failed']));
    expect([timesOf('a package'), timesOf('symbols')]).toEqual([3, 1]);
  });
});
