/** The buffer that a connection reads into: used again, unless a part of it still has to be written. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cleanup, startRawUpstream, within } from '../conformance/sockets.ts';
import { RESPONSE_HOP_HEADERS } from '../hop-by-hop.ts';
import type { ConnectionUser } from './connection-user.ts';
import { Connection } from './connection.ts';
import { HeaderNames } from './header-names.ts';

let cleanup: Cleanup;
beforeEach(() => {
  cleanup = new Cleanup();
});
afterEach(() => cleanup.run());

/** Two parts of an answer, each of a read of its own, as they lie in memory after the second one. */
async function twoParts(holds: boolean): Promise<readonly Buffer[]> {
  const upstream = await startRawUpstream(cleanup);
  const parts: Buffer[] = [];
  let announce: () => void = () => undefined;
  const nothing = (): void => undefined;
  const user: ConnectionUser = {
    head: nothing,
    body: (part) => {
      parts.push(part);
      announce();
    },
    end: nothing,
    flush: nothing,
    holdsBuffer: () => holds,
    drained: nothing,
    mayStaySilent: () => true,
    lost: nothing,
  };
  const owner = { connectTimeoutMs: 5_000, keepAliveMs: 5_000, idle: nothing, gone: nothing };
  const { port } = upstream;
  const connection = new Connection(
    { family: 'v2', instance: 'v2-1', protocol: 'http:', hostname: '127.0.0.1', port },
    owner,
  );
  cleanup.add(() => connection.destroy());
  const rules = { names: new HeaderNames(RESPONSE_HOP_HEADERS), isHead: false, replaced: {} };
  const head = 'GET / HTTP/1.1\r\nhost: h\r\n\r\n';
  connection.begin(user, { head, hasBody: false, rules, idleTimeoutMs: 5_000, deadlineAt: Infinity });
  const endpoint = await upstream.next();
  for (const text of ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst', 'X'.repeat(60)]) {
    const told = new Promise<void>((resolve) => (announce = resolve));
    endpoint.send(text);
    await within(told, 'a part');
  }
  return parts;
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
