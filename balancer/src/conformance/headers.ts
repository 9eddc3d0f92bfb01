/** What passes from one connection to the next, and what does not. */
import { describe, expect, it } from '@jest/globals';
import { rawPair } from './setting.ts';
import type { Setting } from './setting.ts';

export function describeHeaders(setting: () => Setting): void {
  describe('headers', () => {
    it("drops what belongs to the client's connection", async () => {
      const { upstream, front } = await rawPair(setting());
      (await front.client()).send(
        'GET /F/a HTTP/1.1\r\nHost: h\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: timeout=9\r\nTE: trailers\r\n' +
          'Upgrade: h2c\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: close\r\nX-Other: 2\r\n\r\n',
      );
      const seen = await (await upstream.next()).until('\r\n\r\n');
      expect(seen).toMatch(/^x-other: 2\r$/im);
      expect(seen).toMatch(/^connection: keep-alive\r$/im);
      expect(seen).not.toMatch(/x-mine|timeout=9|^te:|upgrade|proxy-|close/im);
    });

    for (const name of ['X-Forwarded-For', 'X-NuGet-Feedchain', 'X-Request-Id', 'Host']) {
      it(`sends our ${name} although the client's Connection names it`, async () => {
        const ours = { [name.toLowerCase()]: 'ours' };
        const { upstream, front } = await rawPair(setting(), { headers: ours });
        (await front.client()).send(
          `GET /F/a HTTP/1.1\r\nHost: h\r\nConnection: ${name}, keep-alive\r\n${name === 'Host' ? 'X-Y' : name}: theirs\r\n\r\n`,
        );
        const seen = await (await upstream.next()).until('\r\n\r\n');
        expect(seen).toMatch(new RegExp(`^${name}: ours\\r$`, 'im'));
        expect(seen).not.toMatch(new RegExp(`^${name}: theirs`, 'im'));
      });
    }

    it("keeps the body's framing although the client's Connection names it", async () => {
      const { upstream, front } = await rawPair(setting());
      (await front.client()).send(
        'PUT /F/a HTTP/1.1\r\nHost: h\r\nConnection: Content-Length, Transfer-Encoding\r\nContent-Length: 3\r\n\r\nabc',
      );
      expect(await (await upstream.next()).until('\r\n\r\nabc')).toMatch(/^content-length: 3\r$/im);
    });

    it('withholds the names that it is told to', async () => {
      const { upstream, front } = await rawPair(setting(), { withheld: new Set(['x-forwarded-host']) });
      (await front.client()).send('GET /F/a HTTP/1.1\r\nHost: h\r\nX-Forwarded-Host: evil\r\n\r\n');
      expect(await (await upstream.next()).until('\r\n\r\n')).not.toMatch(/evil/);
    });

    it('sends the path byte for byte', async () => {
      const { upstream, front } = await rawPair(setting());
      const path = "/F//a/../Packages(Id='A%20b',Version='1.0')?x=http://y//z&q=%2F?#f";
      (await front.client()).send(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
      expect(await (await upstream.next()).until('\r\n\r\n')).toContain(`GET ${path} HTTP/1.1\r\n`);
    });

    it("keeps the endpoint's reason phrase, spelling and repeated headers", async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n');
      (await upstream.next()).send(
        'HTTP/1.1 409 This package version exists already\r\nX-Odd-CASE: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n',
      );
      const answer = await client.until('\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 409 This package version exists already\r\n/);
      expect(answer).toContain('X-Odd-CASE: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n');
    });

    it("drops what belongs to the endpoint's connection, and sets ours on the answer", async () => {
      const { upstream, front } = await rawPair(setting(), { responseHeaders: { 'x-request-id': 'ours' } });
      const client = await front.client();
      client.send('GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n');
      (await upstream.next()).send(
        'HTTP/1.1 200 OK\r\nConnection: close, X-Inner\r\nX-Inner: 1\r\nX-Request-Id: theirs\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok',
      );
      const answer = await client.until('\r\n\r\nok');
      expect(answer).toMatch(/^x-request-id: ours\r$/im);
      expect(answer).toMatch(/^connection: keep-alive\r$/im);
      expect(answer).not.toMatch(/x-inner|theirs|timeout=1\r/i);
    });

    it('closes the connection of a client that asked for it', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /F/a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
      (await upstream.next()).send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      expect(await client.closed()).toMatch(/^connection: close\r$/im);
    });

    it('keeps one connection to the endpoint for requests one after the other', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /1 HTTP/1.1\r\nHost: h\r\n\r\n');
      const endpoint = await upstream.next();
      await endpoint.until('GET /1');
      endpoint.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none');
      await client.until('one');
      client.send('GET /2 HTTP/1.1\r\nHost: h\r\n\r\n');
      await endpoint.until('GET /2');
      endpoint.send('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo');
      await client.until('two');
      expect(upstream.count()).toBe(1);
    });

    it('answers an HTTP/1.0 client without chunks and closes', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /F/a HTTP/1.0\r\n\r\n');
      (await upstream.next()).send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
      const answer = await client.closed();
      expect(answer).toMatch(/\r\n\r\nabc$/);
      expect(answer).not.toMatch(/transfer-encoding/i);
    });

    const bodiless = {
      'HEAD with a length': ['HEAD', '200 OK', 'Content-Length: 5000'],
      'HEAD of chunks': ['HEAD', '200 OK', 'Transfer-Encoding: chunked'],
      '204': ['GET', '204 No Content', 'X-A: b'],
      '304 with a length': ['GET', '304 Not Modified', 'ETag: "r1"\r\nContent-Length: 5000'],
    } as const;
    for (const [what, [method, status, header]] of Object.entries(bodiless)) {
      it(`ends the answer to ${what} after its head, and goes on`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(`${method} /F/a HTTP/1.1\r\nHost: h\r\n\r\n`);
        const endpoint = await upstream.next();
        endpoint.send(`HTTP/1.1 ${status}\r\n${header}\r\n\r\n`);
        expect(await front.outcome()).toMatchObject({ outcome: 'answered', status: Number(status.slice(0, 3)) });
        const head = await client.until('\r\n\r\n');
        expect(head).toContain(`HTTP/1.1 ${status}\r\n`);
        expect(head.endsWith('\r\n\r\n')).toBe(true);
        client.send('GET /next HTTP/1.1\r\nHost: h\r\n\r\n');
        await endpoint.until('GET /next');
      });
    }
  });
}
