/** Bodies stream both ways: all of them arrives, and little of them is held. */
import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Readable } from 'node:stream';
import { within } from './sockets.ts';
import { httpPair, rawPair } from './setting.ts';
import type { Setting } from './setting.ts';

const BLOCK = randomBytes(1024 * 1024);
const BLOCKS = 192;
/** Far less than a body, far more than the buffers of two connections. */
const HELD_BYTES = 96 * 1024 * 1024;
const PART_BYTES = 20_000;
const SAMPLED_BYTES = 16 * 1024 * 1024;

setFlagsFromString('--expose-gc');
/** What is held is what is left after this: how far the collector happens to be behind says nothing. */
const collectGarbage = runInNewContext('gc') as () => void;

function* blocks(): Generator<Buffer> {
  for (let count = 0; count < BLOCKS; count++) yield BLOCK;
}

async function digest(stream: Readable): Promise<{ readonly sha: string; readonly peakBytes: number }> {
  const hash = createHash('sha1');
  let peakBytes = 0;
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    hash.update(part);
    bytes += part.length;
    if (Math.floor(bytes / SAMPLED_BYTES) === Math.floor((bytes - part.length) / SAMPLED_BYTES)) continue;
    collectGarbage();
    peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers);
  }
  return { sha: hash.digest('hex'), peakBytes };
}

async function send(port: number, method: string, body?: Readable): Promise<IncomingMessage> {
  const request = httpRequest({ port, host: '127.0.0.1', method, path: '/F/a', agent: false });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  if (body === undefined) request.end();
  else await pipeline(body, request);
  return (await within(answered, 'an answer', 60_000))[0];
}

export function describeBodies(setting: () => Setting): void {
  describe('bodies', () => {
    it('stream up, whole and without being held', async () => {
      const expected = await digest(Readable.from(blocks()));
      let got: Awaited<ReturnType<typeof digest>> | undefined;
      const { front } = await httpPair(setting(), (request, response) => {
        void digest(request).then((result) => {
          got = result;
          response.end();
        });
      });
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      const answer = await send(front.port, 'PUT', Readable.from(blocks()));
      answer.resume();
      expect(got?.sha).toBe(expected.sha);
      expect((got?.peakBytes ?? Infinity) - before).toBeLessThan(HELD_BYTES);
    });

    it('stream down, whole and without being held', async () => {
      const expected = await digest(Readable.from(blocks()));
      const { front } = await httpPair(setting(), (_request, response) => {
        void pipeline(Readable.from(blocks()), response);
      });
      collectGarbage();
      const before = process.memoryUsage().arrayBuffers;
      const got = await digest(await send(front.port, 'GET'));
      expect(got.sha).toBe(expected.sha);
      expect(got.peakBytes - before).toBeLessThan(HELD_BYTES);
      expect(await front.outcome()).toEqual({ outcome: 'answered', termination: 'complete', status: 200 });
    });

    it('wait for a slow reader instead of piling up', async () => {
      let written = 0;
      const { front } = await httpPair(setting(), (_request, response) => {
        const write = (): void => {
          while (written < BLOCKS) {
            written++;
            if (!response.write(BLOCK)) return;
          }
        };
        response.on('drain', write);
        write();
      });
      const client = await front.client();
      client.send('GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n');
      await client.until('200 OK');
      client.socket.pause();
      // The endpoint's own writes tell when the way is full: no more of them over several turns.
      for (let before = -1; before !== written;) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(written).toBeLessThan(BLOCKS / 2);
    });

    it('arrive unchanged at a reader that lets them pile up and then reads on', async () => {
      // No two parts of this body are alike: one that was overwritten while it waited shows.
      const body = randomBytes(24 * BLOCK.length);
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /F/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
      const endpoint = await upstream.next();
      endpoint.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
      await client.until('\r\n\r\n');
      client.socket.pause();
      // Part by part, so that the way gets full in the middle of a part and not between two reads.
      for (let at = 0; at < body.length; at += PART_BYTES) {
        endpoint.socket.write(body.subarray(at, at + PART_BYTES));
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      client.socket.resume();
      const received = await client.closed();
      const got = Buffer.from(received.slice(received.indexOf('\r\n\r\n') + 4), 'latin1');
      expect(got.length).toBe(body.length);
      expect(got.equals(body)).toBe(true);
    });

    it('are cut where they pass the limit without having said so', async () => {
      const { upstream, front } = await rawPair(setting(), { maxBodyBytes: 10 });
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n');
      const endpoint = await upstream.next();
      await endpoint.until('12345678');
      client.send('8\r\n12345678\r\n');
      await client.until('599 body_too_large');
      expect(await endpoint.closed()).not.toContain('0\r\n\r\n');
    });

    it('are not even begun where they announce more than the limit', async () => {
      const { upstream, front } = await rawPair(setting(), { maxBodyBytes: 10 });
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n');
      await client.until('599 body_too_large');
      expect(upstream.count()).toBe(0);
    });

    it('are asked for with 100 Continue where the client waits for that', async () => {
      const { front } = await httpPair(setting(), (request, response) => {
        request.resume().once('end', () => response.end('stored'));
      });
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n');
      await client.until('HTTP/1.1 100 Continue\r\n\r\n');
      client.send('abc');
      expect(await client.until('stored')).toContain('HTTP/1.1 200 OK');
    });

    it('are read to their end after an early answer, which the client gets, and so does its next request', async () => {
      const { front } = await httpPair(setting(), (request, response) => {
        if (request.method === 'GET') response.end('next');
        else response.writeHead(403, 'The API key does not allow this', { 'content-length': 2 }).end('no');
      });
      const client = await front.client();
      client.send(`PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: ${64 * BLOCK.length}\r\n\r\n`);
      await client.until('403 The API key does not allow this');
      expect(await front.outcome()).toMatchObject({ outcome: 'answered', status: 403 });
      for (let count = 0; count < 64; count++) client.socket.write(BLOCK);
      client.send('GET /F/b HTTP/1.1\r\nHost: h\r\n\r\n');
      await client.until('next');
    });

    it('are not given a deadline while they flow', async () => {
      const { upstream, front } = await rawPair(setting(), { timeoutMs: 250, idleTimeoutMs: 5_000 });
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n');
      const endpoint = await upstream.next();
      for (const letter of 'abcde') {
        await new Promise((resolve) => setTimeout(resolve, 100));
        client.send(letter);
        await endpoint.until(new RegExp(`${letter}$`));
      }
      endpoint.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n');
      await client.until('200 OK');
      await new Promise((resolve) => setTimeout(resolve, 400));
      endpoint.send('ok');
      expect(await client.until('\r\n\r\nok')).toContain('200 OK');
    });
  });
}
