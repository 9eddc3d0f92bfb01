/** Whatever either side does, the other learns of it, nobody waits for nothing, and the reason has a name. */
import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import { listen, startFront } from './sockets.ts';
import { httpPair, rawPair } from './setting.ts';
import type { Setting } from './setting.ts';

const GET = 'GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n';
/** Longer than a test process stands still for its collector, so that silence is what the test made of it. */
const SILENCE_MS = 500;
const MEBIBYTE = 'm'.repeat(1024 * 1024);

export function describeFailures(setting: () => Setting): void {
  describe('a client that goes away', () => {
    it('has its request cancelled while the endpoint works on it', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      await endpoint.until('\r\n\r\n');
      client.socket.destroy();
      await endpoint.closed();
      expect(await front.outcome()).toMatchObject({ outcome: 'unanswered', termination: 'client_gone' });
    });

    it('has its upload cancelled', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf');
      const endpoint = await upstream.next();
      await endpoint.until('half');
      client.socket.destroy();
      await endpoint.closed();
      expect(await front.outcome()).toMatchObject({ termination: 'client_gone' });
    });

    it('has its upload cancelled when it closes only its half of the connection', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      const endpoint = await upstream.next();
      await endpoint.until('half');
      client.socket.end();
      expect(await endpoint.closed()).not.toContain('0\r\n\r\n');
      expect(await front.outcome()).toMatchObject({ termination: 'client_gone' });
    });

    it('has its download cancelled', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n${MEBIBYTE}`);
      await client.until('mmmm');
      client.socket.destroy();
      await endpoint.closed();
      expect(await front.outcome()).toMatchObject({ outcome: 'broken', termination: 'client_gone', status: 200 });
    });
  });

  describe('an endpoint that fails', () => {
    it('is told apart when nothing listens there, long before any deadline', async () => {
      const { make, cleanup } = setting();
      const gone = createServer();
      const upstreamPort = await listen(gone, cleanup);
      await new Promise((resolve) => gone.close(resolve));
      const front = await startFront(cleanup, { transport: make(), upstreamPort });
      const client = await front.client();
      const started = performance.now();
      client.send(GET);
      expect(await client.until('HTTP/1.1 599')).toContain('599 upstream_refused');
      expect(performance.now() - started).toBeLessThan(2_500);
      expect(await front.outcome()).toMatchObject({ outcome: 'unanswered', termination: 'upstream_refused' });
    });

    it('is told apart when its name is not known', async () => {
      const { make, cleanup } = setting();
      const front = await startFront(cleanup, { transport: make(), upstreamPort: 9, hostname: 'no-such-host.invalid' });
      (await front.client()).send(GET);
      expect(await front.outcome()).toMatchObject({ termination: 'upstream_unreachable' });
    });

    it('is given until the deadline when it takes the request and says nothing', async () => {
      const { upstream, front } = await rawPair(setting(), { timeoutMs: 50 });
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      expect(await client.until('HTTP/1.1 599')).toContain('599 deadline');
      await endpoint.closed();
      expect(await front.outcome()).toMatchObject({ termination: 'deadline' });
    });

    it('is given until the deadline when its head does not end', async () => {
      const { upstream, front } = await rawPair(setting(), { timeoutMs: 50 });
      const client = await front.client();
      client.send(GET);
      (await upstream.next()).send('HTTP/1.1 200 OK\r\nX-Slow: ');
      expect(await client.until('HTTP/1.1 599')).toContain('599 deadline');
    });

    it('has reset the exchange when it closes before its head', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      await endpoint.until('\r\n\r\n');
      endpoint.socket.destroy();
      expect(await client.until('HTTP/1.1 599')).toContain('599 upstream_reset');
    });

    it('has its nonsense refused', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      (await upstream.next()).send('SMTP ready\r\n\r\n');
      expect(await client.until('HTTP/1.1 599')).toContain('599 upstream_invalid');
    });

    it('has a head without bounds refused', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      (await upstream.next()).send(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`);
      expect(await client.until('HTTP/1.1 599')).toContain('599 upstream_invalid');
    });

    const truncations = {
      'a body with a length': 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf',
      'a body of chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
    };
    for (const [what, part] of Object.entries(truncations)) {
      it(`closes the client's connection when it dies in the middle of ${what}`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(GET);
        const endpoint = await upstream.next();
        endpoint.send(part);
        await client.until('half');
        endpoint.socket.destroy();
        expect(await client.closed()).not.toContain('0\r\n\r\n');
        expect(await front.outcome()).toMatchObject({ outcome: 'broken', termination: 'upstream_truncated' });
      });
    }

    it('resets an HTTP/1.0 client, which could not tell a cut from the end', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /F/a HTTP/1.0\r\n\r\n');
      const endpoint = await upstream.next();
      const reset = new Promise((resolve) => client.socket.once('error', resolve));
      endpoint.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      await client.until('half');
      endpoint.socket.destroy();
      expect(await reset).toMatchObject({ code: 'ECONNRESET' });
    });

    it('is given up when its body stays half open', async () => {
      const { upstream, front } = await rawPair(setting(), { idleTimeoutMs: SILENCE_MS });
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      endpoint.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      await client.closed();
      expect(await front.outcome()).toMatchObject({ outcome: 'broken', termination: 'upstream_stalled' });
      await endpoint.closed();
    });
  });

  describe('silence', () => {
    it('ends an upload that stops in the middle, by the name of who stopped', async () => {
      const { upstream, front } = await rawPair(setting(), { idleTimeoutMs: SILENCE_MS });
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf');
      const endpoint = await upstream.next();
      expect(await client.until('HTTP/1.1 599')).toContain('599 client_stalled');
      await endpoint.closed();
    });

    it('ends a download that nobody reads', async () => {
      const { front } = await httpPair(
        setting(),
        (_request, response) => response.end(Buffer.alloc(64 * 1024 * 1024)),
        {
          idleTimeoutMs: SILENCE_MS,
        },
      );
      const client = await front.client();
      client.socket.pause();
      client.send(GET);
      expect(await front.outcome()).toMatchObject({ outcome: 'broken', termination: 'client_stalled' });
    });
  });

  describe('a caller that cancels', () => {
    it('has the exchange broken off', async () => {
      const caller = new AbortController();
      const { upstream, front } = await rawPair(setting(), { signal: caller.signal });
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      await endpoint.until('\r\n\r\n');
      caller.abort();
      await endpoint.closed();
      expect(await client.until('HTTP/1.1 599')).toContain('599 cancelled');
    });

    it('has nothing sent when it cancelled before', async () => {
      const { upstream, front } = await rawPair(setting(), { signal: AbortSignal.abort() });
      const client = await front.client();
      client.send(GET);
      expect(await client.until('HTTP/1.1 599')).toContain('599 cancelled');
      expect(upstream.count()).toBe(0);
    });
  });
}
