import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cleanup, connectTo, within } from './conformance/sockets.ts';
import type { Peer } from './conformance/sockets.ts';
import { startEndpoint, startFleet, viewOf } from './fake-fleet.ts';
import type { FakeFleet, FakeFleetOptions } from './fake-fleet.ts';

interface Arrival {
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What reached the endpoint, in order; the test answers it. */
class Arrivals {
  readonly all: Arrival[] = [];
  #taken = 0;
  #wake: () => void = () => undefined;

  add(request: IncomingMessage, response: ServerResponse): void {
    this.all.push({ path: request.url ?? '', request, response });
    this.#wake();
  }

  async next(): Promise<Arrival> {
    while (this.all.length <= this.#taken) {
      await within(new Promise<void>((resolve) => (this.#wake = resolve)), 'a request at the endpoint');
    }
    const arrival = this.all[this.#taken++];
    if (arrival === undefined) throw new Error('no request');
    return arrival;
  }
}

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

async function start(
  options: FakeFleetOptions,
): Promise<{ readonly fleet: FakeFleet; readonly client: Peer; readonly arrivals: Arrivals }> {
  const arrivals = new Arrivals();
  const handler = (request: IncomingMessage, response: ServerResponse): void => arrivals.add(request, response);
  const families = ['default', 'push'];
  const endpoints = await Promise.all(
    families.map((family) => startEndpoint(cleanup, { id: family, family, handler })),
  );
  const fleet = await startFleet(cleanup, { view: viewOf(endpoints.map(({ instance }) => instance)), ...options });
  return { fleet, client: await connectTo(fleet.host.port, cleanup), arrivals };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`;

async function metric(fleet: FakeFleet, name: string): Promise<number> {
  const text = await (await fetch(`${fleet.host.opsUrl}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
}

/** Once everything that is under way in the balancer came to rest. */
async function atRest(fleet: FakeFleet): Promise<void> {
  const wait = async (): Promise<void> => {
    while ((await metric(fleet, 'feedfleet_http_requests_active')) > 0) await new Promise(setImmediate);
  };
  await within(wait(), 'the end of all requests');
}

describe.each(['connector', 'http-proxy'] as const)('pipelined requests over the engine %s', (engine) => {
  it('reach the endpoint one after the other, and their answers keep the order', async () => {
    const { fleet, client, arrivals } = await start({ engine });
    client.send(get('/F/a?1') + get('/nothing') + get('/F/a?2') + get('/F/a?3'));
    for (const number of [1, 2, 3]) {
      const { path, response } = await arrivals.next();
      // A whole exchange of another client lies between: what was sent too soon would be there.
      expect((await fetch(`${fleet.url}/nothing`)).status).toBe(404);
      expect(path).toBe(`/F/a?${number}`);
      expect(arrivals.all).toHaveLength(number);
      response.end(`answer ${number}`);
    }
    const received = await client.until('answer 3');
    expect(received).toMatch(/answer 1[\s\S]*HTTP\/1\.1 404[\s\S]*answer 2[\s\S]*answer 3/);
  });

  it('keep the bodies with which they wait', async () => {
    const { client, arrivals } = await start({ engine });
    const put = (body: string): string =>
      `PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const large = 'x'.repeat(300_000);
    client.send(get('/F/a') + put('small') + put(large));
    (await arrivals.next()).response.end('first');
    for (const body of ['small', large]) {
      const { request, response } = await arrivals.next();
      let received = '';
      request.setEncoding('latin1').on('data', (part: string) => (received += part));
      request.once('end', () => response.end(received === body ? `whole ${body.length}` : 'damaged'));
    }
    expect(await client.until('whole 300000')).toMatch(/first[\s\S]*whole 5/);
  });

  it('have their whole time from when it is their turn', async () => {
    const { client, arrivals } = await start({ engine, requestTimeoutMs: 400 });
    client.send(get('/F/a?1') + get('/F/a?2'));
    const first = await arrivals.next();
    first.response.write('begun');
    await new Promise((resolve) => setTimeout(resolve, 450));
    first.response.end();
    (await arrivals.next()).response.end('second');
    expect(await client.until('second')).toMatch(/begun[\s\S]*second/);
  });
});

describe('pipelined requests', () => {
  it('that wait when the client goes are never sent, and are over', async () => {
    const { fleet, client, arrivals } = await start({});
    client.send(get('/F/a?1') + get('/F/a?2') + get('/F/a?3'));
    await arrivals.next();
    client.socket.destroy();
    await atRest(fleet);
    expect(arrivals.all).toHaveLength(1);
    expect(await metric(fleet, 'feedfleet_http_requests_broken_off_total')).toBe(3);
  });

  it('are sixteen behind the one under way; more than that cut the connection', async () => {
    const { fleet, client, arrivals } = await start({});
    client.send(get('/F/a').repeat(17));
    for (let count = 0; count < 17; count++) (await arrivals.next()).response.end(`answer ${count}.`);
    await client.until('answer 16.');
    client.send(get('/F/a').repeat(2_000));
    await client.closed();
    await atRest(fleet);
    expect(arrivals.all.length).toBeLessThanOrEqual(18);
  });
});
