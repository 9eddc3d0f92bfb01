/** What a caller needs who tries at another endpoint, or at two: when the answer begins, and how much of the request has left. */
import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import type { ForwardOptions, ForwardOutcome, Target, Transport } from '../transport.ts';
import { rawPair } from './setting.ts';
import type { Setting } from './setting.ts';
import { connectTo, listen, startHttpUpstream, startRawUpstream, within } from './sockets.ts';
import type { Peer } from './sockets.ts';

const GET = 'GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n';
const PUT = 'PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

interface Asking {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Forwards to a port of this machine. */
  readonly to: (port: number, options?: Partial<ForwardOptions>) => Promise<ForwardOutcome>;
}

/** A client, behind whose requests `handle` decides where they go. */
async function startCaller(
  { make, cleanup }: Setting,
  handle: (asking: Asking) => Promise<unknown>,
): Promise<{ readonly client: Peer; readonly handled: Promise<unknown> }> {
  const transport: Transport = make();
  let settle: (end: Promise<unknown>) => void = () => undefined;
  const handled = new Promise<unknown>((resolve) => (settle = resolve));
  const server = createServer((request, response) => {
    const to = (port: number, options: Partial<ForwardOptions> = {}): Promise<ForwardOutcome> => {
      const target: Target = { family: 'v2', instance: `v2-${port}`, protocol: 'http:', hostname: '127.0.0.1', port };
      const all = { path: '/F/a', timeoutMs: 5_000, idleTimeoutMs: 5_000, maxBodyBytes: 1_000_000, headers: {} };
      const forward = { ...all, withheld: new Set<string>(), responseHeaders: {}, ...options };
      return transport.forward(request, response, target, forward);
    };
    settle(handle({ request, response, to }));
  });
  const port = await listen(server, cleanup);
  cleanup.add(() => transport.close());
  return { client: await connectTo(port, cleanup), handled: within(handled, 'the end of the request') };
}

async function closedPort({ cleanup }: Setting): Promise<number> {
  const gone = createNetServer();
  const port = await listen(gone, cleanup);
  await new Promise((resolve) => gone.close(resolve));
  return port;
}

export function describeAttempts(setting: () => Setting): void {
  describe('the head of an answer', () => {
    it('is told of with its fields as the client gets them, before the client gets it', async () => {
      const heads: unknown[] = [];
      const { client, handled } = await startCaller(setting(), async ({ response, to }) => {
        const { port } = await startHttpUpstream(setting().cleanup, (_request, answer) => {
          answer.writeHead(503, { 'X-Feedfleet-Fault': 'source', 'X-Mine': 'theirs', 'Content-Length': 0 }).end();
        });
        await to(port, {
          responseHeaders: { 'x-mine': 'ours' },
          onHead: (status, headers) => heads.push([status, [...headers], response.headersSent]),
        });
      });
      client.send(GET);
      await client.until('\r\n\r\n');
      await handled;
      expect(heads).toHaveLength(1);
      const [status, headers, isSent] = heads[0] as [number, string[], boolean];
      expect([status, isSent]).toEqual([503, false]);
      expect(headers.slice(0, 2)).toEqual(['X-Feedfleet-Fault', 'source']);
      expect(headers.slice(-2)).toEqual(['x-mine', 'ours']);
      expect(headers).not.toContain('theirs');
    });

    it('is not told of where none came', async () => {
      let count = 0;
      const { upstream, front } = await rawPair(setting(), { onHead: () => count++ });
      const client = await front.client();
      client.send(GET);
      (await upstream.next()).socket.destroy();
      await client.until('599 upstream_reset');
      expect(count).toBe(0);
    });
  });

  describe('a request without an answer', () => {
    it.each([
      ['GET', GET],
      ['PUT', PUT],
    ])('left not at all when nothing listens (%s), and goes whole to another endpoint', async (method, text) => {
      const seen: string[] = [];
      const dead = await closedPort(setting());
      const { port } = await startHttpUpstream(setting().cleanup, (request, response) => {
        let body = '';
        request.setEncoding('latin1').on('data', (part: string) => (body += part));
        request.once('end', () => {
          seen.push(`${request.method ?? ''} ${body}`);
          response.end('ok');
        });
      });
      const { client, handled } = await startCaller(setting(), async ({ to }) => {
        expect(await to(dead)).toMatchObject({ termination: 'upstream_refused', sent: 'nothing' });
        expect(await to(port)).toMatchObject({ outcome: 'answered', status: 200 });
      });
      client.send(text);
      await client.until('ok');
      await handled;
      expect(seen).toEqual([method === 'PUT' ? 'PUT hello' : 'GET ']);
    });

    it.each([
      ['its head', GET, 'head'],
      ['some of its body', PUT, 'body'],
    ])('left with %s when the endpoint breaks off then', async (_what, text, sent) => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(text);
      const endpoint = await upstream.next();
      await endpoint.until(sent === 'body' ? 'hello' : '\r\n\r\n');
      endpoint.socket.destroy();
      expect(await front.outcome()).toMatchObject({ termination: 'upstream_reset', sent });
    });
  });

  describe('a request at two endpoints', () => {
    it('is answered by the first that has a head, when that has the other one cancelled', async () => {
      const { cleanup } = setting();
      const [slow, fast] = [await startRawUpstream(cleanup), await startRawUpstream(cleanup)];
      const { client, handled } = await startCaller(setting(), async ({ to }) => {
        const cancel = new AbortController();
        const first = to(slow.port, { signal: cancel.signal });
        const second = to(fast.port, { onHead: () => cancel.abort() });
        expect(await first).toMatchObject({ outcome: 'unanswered', termination: 'cancelled' });
        expect(await second).toEqual({ outcome: 'answered', termination: 'complete', status: 200 });
      });
      client.send(GET);
      const [late, early] = [await slow.next(), await fast.next()];
      await late.until('\r\n\r\n');
      await early.until('\r\n\r\n');
      early.send(OK);
      expect((await client.until('ok')).match(/HTTP\/1\.1 /g)).toHaveLength(1);
      await handled;
      await late.closed();
    });
  });
}
