/** Requests whose end two parsers could see in different places: nothing may hide a second request from the first one. */
import { describe, expect, it } from '@jest/globals';
import { httpPair, rawPair } from './setting.ts';
import type { Setting } from './setting.ts';

const HIDDEN = 'GET /hidden HTTP/1.1\r\nHost: inner\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

export function describeFraming(setting: () => Setting): void {
  describe('request framing', () => {
    for (const method of ['DELETE', 'OPTIONS', 'GET', 'POST']) {
      it(`keeps a chunked body of ${method} a body, whatever is written in it`, async () => {
        const { upstream, front } = await httpPair(setting(), (request, response) => {
          request.resume().once('end', () => response.end('ok'));
        });
        const client = await front.client();
        client.send(
          `${method} /F/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(HIDDEN)}0\r\n\r\n`,
        );
        await client.until('ok');
        client.send('GET /second HTTP/1.1\r\nHost: h\r\n\r\n');
        await front.outcome();
        await front.outcome();
        expect(upstream.seen.map(({ url }) => url)).toEqual(['/F/a', '/second']);
      });
    }

    const refused = {
      'both a length and a coding': 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x',
      'two lengths': 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde',
      'a length that is no number': 'Content-Length: +4\r\n\r\nabcd',
      'a coding on a folded line': 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
      'an unknown coding': 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'a coding that is spelled oddly': 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
      'a space before the colon': 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
      'a bare line feed in a chunk': 'Transfer-Encoding: chunked\r\n\r\n4\nabcd\n0\r\n\r\n',
    };
    for (const [what, rest] of Object.entries(refused)) {
      it(`refuses ${what}`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(`POST /F/a HTTP/1.1\r\nHost: h\r\n${rest}`);
        const answer = await client.until(/^HTTP\/1\.1 (400|599)/);
        expect(answer).not.toContain('200');
        // A bad chunk shows only after the head was passed on: then the endpoint sees a request without an end.
        const seen = upstream.count() === 0 ? '' : await (await upstream.next()).closed();
        expect(seen).not.toContain('\r\n0\r\n\r\n');
      });
    }

    it('drops a header value that goes on in the next line, or the whole request', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('GET /F/a HTTP/1.1\r\nHost: h\r\nX-A: one\r\n X-NuGet-ApiKey: two\r\n\r\n');
      await client.until('400');
      expect(upstream.count()).toBe(0);
    });

    it('sends a body of a known length with that length', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send('PUT /F/a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc');
      const endpoint = await upstream.next();
      const seen = await endpoint.until('\r\n\r\nabc');
      expect(seen).toMatch(/^content-length: 3\r$/im);
      expect(seen).not.toMatch(/transfer-encoding/i);
    });

    it('sends no body framing on with a GET that has none, and a length of 0 with a POST', async () => {
      const { upstream, front } = await rawPair(setting());
      (await front.client()).send('GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n');
      expect(await (await upstream.next()).until('\r\n\r\n')).not.toMatch(/content-length|transfer-encoding/i);
      (await front.client()).send('POST /F/a HTTP/1.1\r\nHost: h\r\n\r\n');
      expect(await (await upstream.next()).until('\r\n\r\n')).toMatch(/^content-length: 0\r$/im);
    });

    it('ignores trailers, both ways', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(
        'PUT /F/a HTTP/1.1\r\nHost: h\r\nTrailer: X-NuGet-ApiKey\r\nTransfer-Encoding: chunked\r\n\r\n' +
          `${chunk('abc')}0\r\nX-NuGet-ApiKey: late\r\n\r\n`,
      );
      const endpoint = await upstream.next();
      const seen = await endpoint.until('0\r\n\r\n');
      expect(seen).not.toMatch(/late|trailer:/i);
      endpoint.send(
        `HTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('def')}0\r\nX-T: late\r\n\r\n`,
      );
      const answer = await client.until('0\r\n\r\n');
      expect(answer).toContain('def');
      expect(answer).not.toMatch(/X-T/i);
    });
  });
}
