/** Checks over real connections, by a clock that is set. */
import { createServer } from 'node:net';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cleanup, listen, startHttpUpstream, startRawUpstream } from '../conformance/sockets.ts';
import type { Target } from '../transport.ts';
import { askHealth } from './ask-health.ts';
import type { CheckResult } from './check-state.ts';
import { HealthChecker } from './health-checker.ts';
import type { Checked, HealthCheckerOptions } from './health-checker.ts';
import type { CheckKind } from './instance-health.ts';

let cleanup: Cleanup;
let now: number;
beforeEach(() => {
  cleanup = new Cleanup();
  now = 0;
});
afterEach(() => cleanup.run());

const targetAt = (port: number): Target => {
  return { family: 'v2', instance: 'v2-1', protocol: 'http:', hostname: '127.0.0.1', port };
};

class Recorded implements Checked {
  readonly results: string[] = [];
  readonly target: Target;
  readonly take = (kind: CheckKind, result: CheckResult): void => void this.results.push(`${kind} ${result}`);

  constructor(port: number) {
    this.target = targetAt(port);
  }
}

function checkerOf(instances: readonly Checked[], ask: HealthCheckerOptions['ask'] = askHealth): HealthChecker {
  const checker = new HealthChecker({ instances: () => instances, ask, random: () => 0.5, now: () => now });
  cleanup.add(() => checker.stop());
  return checker;
}

const answering = (status: number, body: object): RequestListener => {
  return (_request, response) => void response.writeHead(status).end(JSON.stringify(body));
};

async function ask(port: number, kind: CheckKind, limitMs = 5_000): Promise<CheckResult> {
  return askHealth({ target: targetAt(port), kind, limitMs, signal: new AbortController().signal });
}

describe('a check', () => {
  it.each([
    ['passed', 'ready', 200, { ready: true }],
    ['failed', 'ready', 503, { ready: false, checks: { registry: null, draining: false } }],
    ['draining', 'ready', 503, { ready: false, checks: { draining: true } }],
    ['failed', 'ready', 404, {}],
    ['passed', 'deep', 200, { passed: true }],
    ['failed', 'deep', 503, { passed: false }],
    ['absent', 'deep', 404, {}],
  ] as const)('has %s when /health/%s answers %i with %j', async (result, kind, status, body) => {
    const { port, seen } = await startHttpUpstream(cleanup, answering(status, body));
    expect(await ask(port, kind)).toBe(result);
    expect(seen.map(({ url }) => url)).toEqual([`/health/${kind}`]);
  });

  it('has failed when nothing listens, nothing answers in time, or what answers is nonsense or without end', async () => {
    const gone = createServer();
    const closed = await listen(gone, cleanup);
    await new Promise((resolve) => gone.close(resolve));
    const silent = await startRawUpstream(cleanup);
    const nonsense = await startHttpUpstream(cleanup, (_request, response) => void response.writeHead(503).end('busy'));
    const endless = await startHttpUpstream(cleanup, (_request, response) => {
      response.on('drain', () => response.write('x'.repeat(65_536)));
      response.write('x'.repeat(65_536));
    });
    expect(await ask(closed, 'ready')).toBe('failed');
    expect(await ask(silent.port, 'ready', 20)).toBe('failed');
    expect(await ask(nonsense.port, 'ready')).toBe('failed');
    expect(await ask(endless.port, 'ready')).toBe('failed');
  });
});

describe('the checker', () => {
  it('asks every 2 s whether an instance is ready, and every 10 s whether it can do its work', async () => {
    const { port } = await startHttpUpstream(cleanup, answering(200, {}));
    const instance = new Recorded(port);
    const checker = checkerOf([instance]);
    for (; now < 20_000; now += 250) await checker.tick();
    expect(instance.results.filter((result) => result === 'ready passed')).toHaveLength(10);
    expect(instance.results.filter((result) => result === 'deep passed')).toHaveLength(2);
  });

  it('has one question of a kind under way for an instance, however long that takes, and asks the others all the same', async () => {
    const [hanging, well] = [new Recorded(1), new Recorded(2)];
    const asked: string[] = [];
    const checker = checkerOf([hanging, well], ({ target, kind }) => {
      asked.push(`${target.port} ${kind}`);
      return target.port === 1 ? new Promise(() => undefined) : Promise.resolve('passed');
    });
    for (; now < 20_000; now += 250) {
      void checker.tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked.filter((question) => question === '1 ready')).toHaveLength(1);
    expect(asked.filter((question) => question === '1 deep')).toHaveLength(1);
    expect(hanging.results).toEqual([]);
    expect(well.results.filter((result) => result === 'ready passed')).toHaveLength(10);
  });

  it('asks nobody any more when it has ended', async () => {
    const { port, seen } = await startHttpUpstream(cleanup, answering(200, {}));
    const instance = new Recorded(port);
    const checker = checkerOf([instance]);
    await checker.tick();
    checker.stop();
    now = 60_000;
    await checker.tick();
    expect([instance.results, seen.length]).toEqual([['ready passed'], 1]);
  });
});
