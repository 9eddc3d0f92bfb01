/** Second tries, over a fleet of real servers, with both engines. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_BALANCING, RegistryView } from '@feedfleet/registry-client';
import type { Datacenter, FamilyBalancing, Instance } from '@feedfleet/registry-client';
import { Cleanup, connectTo, listen, within } from '../conformance/sockets.ts';
import type { HttpUpstream } from '../conformance/sockets.ts';
import type { EngineSettings } from '../create-transport.ts';
import { instanceAt, startEndpoint, startFleet, viewOf } from '../fake-fleet.ts';
import type { FakeFleet } from '../fake-fleet.ts';

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

const READ = '/F/a/api/v3/index.json';
const ENGINES: readonly EngineSettings['transport'][] = ['connector', 'http-proxy'];

interface Fleet extends FakeFleet {
  /** How many requests each endpoint got. */
  readonly seen: () => readonly number[];
}

interface FleetOptions {
  readonly family?: string;
  readonly engine?: EngineSettings['transport'];
  readonly balancing?: Partial<FamilyBalancing>;
  readonly datacenters?: readonly Datacenter[];
}

/** Endpoints of one family, asked in the order in which they are given; `dead` is one at which nothing listens. */
async function startWith(
  handlers: readonly (RequestListener | 'dead')[],
  { family = 'v3', engine = 'connector', balancing, datacenters = [] }: FleetOptions = {},
): Promise<Fleet> {
  const instances: Instance[] = [];
  const upstreams: (HttpUpstream | undefined)[] = [];
  for (const [index, handler] of handlers.entries()) {
    const id = `${family}-${index}`;
    const started = handler === 'dead' ? undefined : await startEndpoint(cleanup, { id, family, handler });
    instances.push(started?.instance ?? instanceAt(id, family, await closedPort()));
    upstreams.push(started?.upstream);
  }
  const snapshot = viewOf(instances).toSnapshot();
  const all = { ...DEFAULT_BALANCING, policy: 'round-robin' as const, ...balancing };
  const families = snapshot.families.map((each) => (each.id === family ? { ...each, balancing: all } : each));
  const view = RegistryView.of({ ...snapshot, families, datacenters: [...datacenters] });
  const fleet = await startFleet(cleanup, { view, engine });
  return { ...fleet, seen: () => upstreams.map((upstream) => upstream?.seen.length ?? 0) };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server, cleanup);
  server.close();
  await once(server, 'close');
  return port;
}

const echo: RequestListener = (request, response) => {
  let body = '';
  request.setEncoding('utf8').on('data', (part: string) => (body += part));
  request.once('end', () => response.end(`got ${body}`));
};
const breakOff: RequestListener = (request) => request.socket.destroy();

describe.each(ENGINES)('with %s', (engine) => {
  it('a read is made at another instance when the first refuses it or breaks off', async () => {
    for (const first of ['dead' as const, breakOff]) {
      const fleet = await startWith([first, echo], { engine });
      const answer = await fetch(fleet.url + READ);
      expect([answer.status, await answer.text()]).toEqual([200, 'got ']);
    }
  });

  it('an upload goes whole to another instance when the first was never reached', async () => {
    const fleet = await startWith(['dead', echo], { engine, family: 'push' });
    const body = 'x'.repeat(200_000);
    const answer = await fetch(`${fleet.url}/F/a`, { method: 'PUT', body });
    expect([answer.status, await answer.text()]).toEqual([200, `got ${body}`]);
  });

  it('the client does not learn how busy the event loop of an endpoint is', async () => {
    const busy: RequestListener = (_request, response) => {
      response.writeHead(200, ['X-Feedfleet-Busy', '97', 'ETag', '"1"']).end('ok');
    };
    const fleet = await startWith([busy], { engine });
    const client = await connectTo(fleet.host.port, cleanup);
    client.send(`GET ${READ} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
    const answer = await client.closed();
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*^ETag: "1"\r$/m);
    expect(answer).not.toMatch(/busy|97/i);
  });

  it('an upload that has begun is made once', async () => {
    const fleet = await startWith([breakOff, echo], { engine, family: 'push' });
    expect((await fetch(`${fleet.url}/F/a`, { method: 'PUT', body: 'x' })).status).toBe(502);
    expect(fleet.seen()).toEqual([1, 0]);
  });

  it('a read that is slow is asked of a second instance, whose answer is delivered, and the first is cancelled', async () => {
    let cancelled: () => void = () => undefined;
    const isCancelled = new Promise<void>((resolve) => (cancelled = resolve));
    const hang: RequestListener = (_request, response) => void response.once('close', cancelled);
    const fleet = await startWith([hang, echo], { engine, balancing: { hedgeAfterMs: 20 } });
    expect(await (await fetch(fleet.url + READ)).text()).toBe('got ');
    await within(isCancelled, 'the end of the first');
    expect(fleet.seen()).toEqual([1, 1]);
  });
});

describe('a request', () => {
  it('is made twice at most', async () => {
    const fleet = await startWith([breakOff, breakOff, breakOff, echo]);
    expect((await fetch(fleet.url + READ)).status).toBe(502);
    expect(fleet.seen()).toEqual([1, 1, 0, 0]);
  });

  it('is made once where the family has no retries', async () => {
    const fleet = await startWith([breakOff, echo], { balancing: { retries: false } });
    expect((await fetch(fleet.url + READ)).status).toBe(502);
    expect(fleet.seen()).toEqual([1, 0]);
  });

  it('is made once when others wait for it', async () => {
    const fleet = await startWith([breakOff, echo]);
    const headers = { 'x-nuget-feedchain': 'abc;leaf' };
    expect((await fetch(fleet.url + READ, { headers })).status).toBe(502);
    expect(fleet.seen()).toEqual([1, 0]);
  });

  it('is made once after a byte of its answer', async () => {
    const fleet = await startWith([
      (_request, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.destroy());
      },
      echo,
    ]);
    const client = await connectTo(fleet.host.port, cleanup);
    client.send(`GET ${READ} HTTP/1.1\r\nHost: h\r\n\r\n`);
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 200 /);
    expect(fleet.seen()).toEqual([1, 0]);
  });

  it('is made once when nobody hedges, however slow it is', async () => {
    const slow: RequestListener = (_request, response) => void setTimeout(() => response.end('slow'), 60);
    const fleet = await startWith([slow, echo]);
    expect(await (await fetch(fleet.url + READ)).text()).toBe('slow');
    expect(fleet.seen()).toEqual([1, 0]);
  });

  it('of two that fail is answered with the failure of the last one', async () => {
    const slowly: RequestListener = (request) => void setTimeout(() => request.socket.destroy(), 60);
    const fleet = await startWith([slowly, breakOff], { balancing: { hedgeAfterMs: 20 } });
    expect((await fetch(fleet.url + READ)).status).toBe(502);
    expect(fleet.seen()).toEqual([1, 1]);
  });
});

describe('second tries', () => {
  it('are counted, and so are attempts, by instance', async () => {
    const fleet = await startWith([breakOff, echo]);
    await fetch(fleet.url + READ);
    const { body } = await fleet.metrics.render();
    expect(body).toMatch(/^feedfleet_balancer_second_tries_total\{.*family="v3",outcome="retry".*\} 1$/m);
    expect(body).toMatch(/^feedfleet_balancer_attempts_total\{.*target="v3-0",outcome="upstream_reset".*\} 1$/m);
    expect(body).toMatch(/^feedfleet_balancer_attempts_total\{.*target="v3-1",outcome="complete".*\} 1$/m);
    expect(body).toMatch(/^feedfleet_balancer_in_flight\{.*target="v3-1".*\} 0$/m);
    expect(body).toMatch(/^feedfleet_balancer_instance_healthy\{.*target="v3-0".*\} 1$/m);
    expect(body).toMatch(/^feedfleet_balancer_retry_budget\{.*\} 3$/m);
  });
});

describe('a write', () => {
  const headersOf: RequestListener = (request, response) => {
    request.resume();
    response.end(JSON.stringify(request.headers['x-feedfleet-epoch'] ?? null));
  };
  const sent = { 'x-feedfleet-epoch': '99' };

  it('tells the epoch of the datacenter that takes writes; what a client says of it is dropped', async () => {
    const datacenters = [{ id: 'main', title: '', position: 1, writes: true, epoch: 7 }];
    const fleet = await startWith([headersOf], { family: 'push', datacenters });
    const write = await fetch(`${fleet.url}/F/a`, { method: 'PUT', body: 'x', headers: sent });
    expect(await write.json()).toBe('7');
    const read = await fetch(`${fleet.url}/F/a/api/v2/package`, { headers: sent });
    expect(await read.json()).toBeNull();
  });

  it('tells none where there are no datacenters', async () => {
    const fleet = await startWith([headersOf], { family: 'push' });
    expect(await (await fetch(`${fleet.url}/F/a`, { method: 'PUT', body: 'x', headers: sent })).json()).toBeNull();
  });
});
