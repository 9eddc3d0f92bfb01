/** What a connection reads into, and when it calls the other side silent. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cleanup, startRawUpstream, within } from '../conformance/sockets.ts';
import { RESPONSE_HOP_HEADERS } from '../hop-by-hop.ts';
import type { Peer } from '../conformance/sockets.ts';
import type { ConnectionUser } from './connection-user.ts';
import { Connection } from './connection.ts';
import { HeaderNames } from './header-names.ts';

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

const nothing = (): void => undefined;
const indifferent: ConnectionUser = {
  connected: nothing,
  head: nothing,
  body: nothing,
  end: nothing,
  flush: nothing,
  holdsBuffer: () => false,
  drained: nothing,
  mayStaySilent: () => true,
  lost: nothing,
};

/** A connection with a GET on its way, and the endpoint's end of it. */
async function begun(user: Partial<ConnectionUser>, idleTimeoutMs = 5_000): Promise<Peer> {
  const upstream = await startRawUpstream(cleanup);
  const owner = { connectTimeoutMs: 5_000, keepAliveMs: 5_000, idle: nothing, gone: nothing };
  const { port } = upstream;
  const connection = new Connection(
    { family: 'v2', instance: 'v2-1', protocol: 'http:', hostname: '127.0.0.1', port },
    owner,
  );
  cleanup.add(() => connection.destroy());
  const rules = { names: new HeaderNames(RESPONSE_HOP_HEADERS), isHead: false, replaced: {} };
  const head = 'GET / HTTP/1.1\r\nhost: h\r\n\r\n';
  connection.begin({ ...indifferent, ...user }, { head, hasBody: false, rules, idleTimeoutMs, deadlineAt: Infinity });
  const endpoint = await upstream.next();
  await endpoint.until('\r\n\r\n');
  return endpoint;
}

/** Two parts of an answer, each of a read of its own, as they lie in memory after the second one. */
async function twoParts(holds: boolean): Promise<readonly Buffer[]> {
  const parts: Buffer[] = [];
  let announce: () => void = nothing;
  const body = (part: Buffer): void => {
    parts.push(part);
    announce();
  };
  const endpoint = await begun({ body, holdsBuffer: () => holds });
  for (const text of ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst', 'X'.repeat(60)]) {
    const told = new Promise<void>((resolve) => (announce = resolve));
    endpoint.send(text);
    await within(told, 'a part');
  }
  return parts;
}

/** Nothing else runs in this process meanwhile. */
function holdUp(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe('what a connection reads into', () => {
  it('is left alone as long as a part of it waits to be written', async () => {
    const [first, second] = await twoParts(true);
    expect(first?.toString('latin1')).toBe('first');
    expect(second?.buffer).not.toBe(first?.buffer);
  });

  it('is the same memory otherwise', async () => {
    const [first, second] = await twoParts(false);
    expect(second?.toString('latin1')).toBe('X'.repeat(60));
    expect(second?.buffer).toBe(first?.buffer);
  });
});

describe('silence', () => {
  it('is not what came in while the process was held up for longer than it may last', async () => {
    const events: string[] = [];
    const answered = Promise.withResolvers<undefined>();
    const user = {
      mayStaySilent: () => {
        events.push('silent');
        return true;
      },
      end: () => {
        events.push('end');
        answered.resolve(undefined);
      },
    };
    const endpoint = await begun(user, 300);
    endpoint.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    holdUp(500);
    await within(answered.promise, 'the answer');
    expect(events).toEqual(['end']);
  });

  it('is told when it has lasted', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const user = {
      mayStaySilent: () => {
        resolve(undefined);
        return true;
      },
    };
    await begun(user, 20);
    await expect(within(promise, 'silence')).resolves.toBeUndefined();
  });
});
