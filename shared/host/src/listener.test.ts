import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HostFixture } from './host-fixture.ts';

const fixture = new HostFixture();
const { start } = fixture;
afterEach(fixture.end);

describe('a drain', () => {
  it.each([
    ['silent', ''],
    ['stuck in the head of its request', 'GET /x HTTP/1.1\r\nHo'],
  ])('does not wait for a connection that is %s', async (_, sent) => {
    const host = await start({ drainMs: 6_000, handler: (_request, response) => void response.end() });
    const socket = connect(host.port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined).resume();
    socket.write(sent);
    // Connections are accepted in their order.
    await (await fetch(`${host.url}/x`)).text();
    const startedAt = performance.now();
    await host.drain();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('takes the first request of a connection that was just made', async () => {
    const host = await start({ handler: (_request, response) => void response.end('whole') });
    const socket = connect(host.port, '127.0.0.1');
    await once(socket, 'connect');
    await fetch(`${host.url}/x`);
    const drained = host.drain();
    socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('whole');
    await drained;
  });
});
