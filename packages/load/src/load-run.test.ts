/** The generator against a server whose delays are known. Only lower bounds are held: a busy machine makes everything longer. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { ClosedLoop } from './closed-loop.ts';
import { LoadRun } from './load-run.ts';
import type { LoadGroup } from './load-run.ts';

let server: Server;
let origin: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let mostConnections: number;

beforeEach(async () => {
  answer = (_request, response) => response.end('ok');
  const connections = new Set<Socket>();
  mostConnections = 0;
  server = createServer((request, response) => answer(request, response));
  server.on('connection', (socket) => {
    connections.add(socket);
    mostConnections = Math.max(mostConnections, connections.size);
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const group = (rest: Partial<LoadGroup> = {}): LoadGroup => ({
  ...{ name: 'clients', ratePerSecond: 100, request: () => ({ url: origin }) },
  ...rest,
});

describe('fixed-rate load', () => {
  it('counts a stall of the server in every request that was to start meanwhile, also over one connection', async () => {
    const run = new LoadRun({ groups: [group({ maxConnections: 1 })], phase: 'before' });
    await delay(300);
    run.enter('stall');
    let release = (): void => undefined;
    const stalled = new Promise<void>((resolve) => (release = resolve));
    answer = (_request, response) => void stalled.then(() => response.end('late'));
    const begun = performance.now();
    await delay(1_000);
    run.enter('after');
    const stallMs = performance.now() - begun;
    release();
    await delay(300);
    const report = await run.stop();
    const { ok, errors, sent } = report.of('stall', 'clients');
    expect([errors, report.of('before', 'clients').errors, report.of('after', 'clients').errors]).toEqual([0, 0, 0]);
    expect(Math.abs(sent - stallMs / 10)).toBeLessThanOrEqual(1);
    // Half of them began in the first half, and waited for at least the other half. A generator that waits for answers has one.
    expect(ok.countFrom(stallMs / 2)).toBeGreaterThanOrEqual(Math.floor(sent / 2) - 1);
    expect(ok.quantileMs(0.5)).toBeGreaterThanOrEqual(stallMs / 2 - 20);
    expect(ok.maxMs).toBeGreaterThanOrEqual(stallMs - 20);
  });

  it('shows a stall in its percentiles, which clients that wait for answers hide', async () => {
    const clients = 4;
    const run = new LoadRun({ groups: [group()], phase: 'only' });
    const control = new ClosedLoop({ clients, ratePerSecond: 100, request: () => ({ url: origin }) });
    await delay(500);
    let release = (): void => undefined;
    const stalled = new Promise<void>((resolve) => (release = resolve));
    answer = (_request, response) => void stalled.then(() => response.end('late'));
    await delay(1_000);
    release();
    answer = (_request, response) => response.end('ok');
    await delay(1_500);
    await control.stop();
    const { ok } = (await run.stop()).of('only', 'clients');
    // A third of the time it stood still, and so a third of the requests had to wait: half of those for longer than half of it.
    expect(ok.countFrom(490)).toBeGreaterThanOrEqual(45);
    expect(ok.quantileMs(0.9)).toBeGreaterThanOrEqual(400);
    // Each of the others had one request under way, and asked nothing meanwhile.
    expect(control.latencies.countFrom(900)).toBeLessThanOrEqual(clients);
    expect(control.latencies.countFrom(900)).toBeGreaterThanOrEqual(1);
    expect(control.latencies.count).toBeLessThan(ok.count);
  });

  it('measures each group and each phase by itself', async () => {
    answer = (request, response) => setTimeout(() => response.end(), request.url === '/slow' ? 150 : 0);
    const slow = group({ name: 'slow', ratePerSecond: 50, request: () => ({ url: `${origin}/slow` }) });
    const run = new LoadRun({ groups: [group(), slow], phase: 'first' });
    await delay(300);
    run.enter('second');
    run.setRate('slow', 0);
    await delay(300);
    const report = await run.stop();
    expect(report.of('first', 'slow').ok.quantileMs(0.01)).toBeGreaterThanOrEqual(149);
    expect(report.of('first', 'slow').sent).toBeGreaterThanOrEqual(15);
    expect(report.of('second', 'slow').sent).toBe(0);
    expect(report.of('second', 'clients').ok.count).toBeGreaterThanOrEqual(30);
    expect(report.sum('first', ['clients', 'slow']).sent).toBe(
      report.of('first', 'clients').sent + report.of('first', 'slow').sent,
    );
  });

  it('tells refusals that say when to come again from failures, with their reasons', async () => {
    const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
      '/0': (response) => response.writeHead(503, 'Come in 2 s', { 'retry-after': '2' }).end(),
      '/1': (response) => response.writeHead(503).end(),
      '/2': (response) => response.destroy(),
      '/3': () => undefined,
      '/4': (response) => response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy()),
      '/5': (response) => response.end('of another feed'),
    };
    answer = (request, response) => answers[request.url ?? '']?.(response);
    const judge = ({ body }: { readonly body: Buffer }): string | undefined =>
      body.toString() === 'ok' ? undefined : 'misrouted';
    const request = (turn: number) => ({
      url: `${origin}/${turn}`,
      ...(turn === 5 ? { judge, keepsBody: true } : {}),
    });
    const run = new LoadRun({ groups: [group({ ratePerSecond: 20, request })], phase: 'only', timeoutMs: 1_000 });
    await delay(310);
    run.setRate('clients', 0);
    const result = (await run.stop()).of('only', 'clients');
    const asked = Object.fromEntries([...result.reasons].filter(([reason]) => reason !== 'timeout'));
    expect(asked).toEqual({
      ...{ '503 Come in N s': 1, 'status 503': 1, ECONNRESET: 2, misrouted: 1 },
    });
    expect(result.reasons.get('timeout')).toBeGreaterThanOrEqual(1);
    expect([result.refused.count, result.ok.count]).toEqual([1, 0]);
  });

  it('goes on after requests that cannot be made or may not be sent', async () => {
    const request = (turn: number) => {
      if (turn === 0) throw new Error('no such address');
      return { url: ['', 'http://packages.example/', 'ftp://127.0.0.1/'][turn - 1] ?? origin };
    };
    const run = new LoadRun({ groups: [group({ request })], phase: 'only' });
    await delay(200);
    const { reasons, ok, sent } = (await run.stop()).of('only', 'clients');
    expect([...reasons.values()]).toEqual([1, 1, 1, 1]);
    expect([...reasons.keys()]).toEqual(
      expect.arrayContaining(['no such address', 'Invalid URL', 'ERR_INVALID_PROTOCOL']),
    );
    expect([ok.count, ok.count > 0]).toEqual([sent - 4, true]);
  });

  it('opens no more connections, and has no more requests under way, than it may', async () => {
    answer = (_request, response) => setTimeout(() => response.end(), 400);
    const bounded = group({ burst: 40, ratePerSecond: 40, maxConnections: 5, maxUnderWay: 8 });
    const run = new LoadRun({ groups: [bounded], phase: 'only' });
    await delay(50);
    const result = (await run.stop()).of('only', 'clients');
    expect([result.sent, result.ok.count, result.reasons.get('not started')]).toEqual([40, 8, 32]);
    expect(mostConnections).toBe(5);
  });

  it('ends by itself', async () => {
    const run = new LoadRun({ groups: [group()], phase: 'only', limitMs: 100 });
    await delay(300);
    expect((await run.stop()).of('only', 'clients').sent).toBeLessThanOrEqual(11);
  });

  it('keeps when what happened', async () => {
    const run = new LoadRun({ groups: [group()], phase: 'only' });
    await delay(250);
    const atMs = run.elapsedMs;
    answer = (_request, response) => response.writeHead(500).end();
    await delay(250);
    const slots = (await run.stop()).timeline('clients');
    const firstFailed = slots.findIndex(({ failed }) => failed > 0);
    expect(Math.abs(firstFailed - Math.floor(atMs / 100))).toBeLessThanOrEqual(1);
    expect(slots.slice(0, firstFailed).reduce((sum, { ok }) => sum + ok, 0)).toBeGreaterThan(0);
  });
});
