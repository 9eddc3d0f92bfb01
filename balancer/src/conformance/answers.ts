/** Answers in every shape that HTTP allows, cut where it hurts, and in shapes that it does not allow. */
import { describe, expect, it } from '@jest/globals';
import { rawPair } from './setting.ts';
import type { Setting } from './setting.ts';
import type { Peer } from './sockets.ts';

const GET = 'GET /F/a HTTP/1.1\r\nHost: h\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** Each piece arrives by itself: the next one is written when the one before has left. */
async function sendInPieces(peer: Peer, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => peer.socket.write(piece, 'latin1', resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function describeAnswers(setting: () => Setting): void {
  describe('answers', () => {
    const shapes = {
      'with a length': `${OK}Content-Length: 5\r\n\r\nhello`,
      'of chunks with extensions and trailers': `${CHUNKED}3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: u\r\n\r\n`,
      'after interim ones': `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    };
    for (const [what, answer] of Object.entries(shapes)) {
      it(`${what} arrive whole when they come byte by byte, and the connection is kept`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(GET);
        const endpoint = await upstream.next();
        await endpoint.until('\r\n\r\n');
        await sendInPieces(endpoint, answer.split(/(?:)/));
        expect(await front.outcome()).toEqual({ outcome: 'answered', termination: 'complete', status: 200 });
        const received = await client.until(/(hello|2\r\nlo\r\n0\r\n\r\n|o\r\n0\r\n\r\n)$/);
        expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
        expect(received).not.toMatch(/a=b|X-T|Early/);
        client.send(GET.replace('/F/a', '/next'));
        await endpoint.until('/next');
        expect(upstream.count()).toBe(1);
      });
    }

    it('without a length end with the connection, and so does the use of it', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      endpoint.send(`${OK}\r\nuntil `);
      await client.until('until ');
      endpoint.socket.end('the end');
      await client.until('0\r\n\r\n');
      expect(await front.outcome()).toMatchObject({ outcome: 'answered' });
      client.send(GET);
      (await upstream.next()).send(`${OK}Content-Length: 4\r\n\r\nnext`);
      await client.until('next');
    });

    it('that close the connection have it closed', async () => {
      const { upstream, front } = await rawPair(setting());
      const client = await front.client();
      client.send(GET);
      const endpoint = await upstream.next();
      endpoint.send(`${OK}Connection: close\r\nContent-Length: 2\r\n\r\nok`);
      await client.until('ok');
      await endpoint.closed();
      client.send(GET);
      expect(await (await upstream.next()).until('\r\n\r\n')).toContain('GET /F/a');
    });

    const behind = {
      'a second answer': `${OK}Content-Length: 6\r\n\r\nsecond`,
      nonsense: 'garbage garbage',
    };
    for (const [what, garbage] of Object.entries(behind)) {
      it(`with ${what} behind them have their connection closed, and nobody gets it`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(GET);
        const endpoint = await upstream.next();
        endpoint.send(`${OK}Content-Length: 5\r\n\r\nfirst${garbage}`);
        await front.outcome();
        await endpoint.closed();
        const next = await front.client();
        next.send(GET);
        (await upstream.next()).send(`${OK}Content-Length: 5\r\n\r\nfresh`);
        expect(await next.until('fresh')).not.toMatch(/second|garbage/);
        expect(client.received).not.toMatch(/second|garbage/);
      });
    }

    const refused = {
      'a field without a colon': `${OK}X-A b\r\nContent-Length: 0\r\n\r\n`,
      'a space before the colon': `${OK}Content-Length : 0\r\n\r\n`,
      'a length that is no number': `${OK}Content-Length: 5x\r\n\r\nhello`,
      'two different lengths': `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
      'a length beside a coding': `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'a status that is none': 'HTTP/1.1 2x0 OK\r\n\r\n',
      'an unknown version': 'HTTP/3.7 200 OK\r\n\r\n',
    };
    for (const [what, answer] of Object.entries(refused)) {
      it(`with ${what} are refused, and their connection is closed`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(GET);
        const endpoint = await upstream.next();
        endpoint.send(answer);
        expect(await client.until(/^HTTP\/1\.1 599/)).toContain('599 upstream_invalid');
        await endpoint.closed();
      });
    }

    const brokenChunks = { 'a size that is none': 'xyz\r\n', 'a chunk longer than its size': '3\r\nabcd\r\n0\r\n\r\n' };
    for (const [what, chunks] of Object.entries(brokenChunks)) {
      it(`with ${what} break off, and the client can tell`, async () => {
        const { upstream, front } = await rawPair(setting());
        const client = await front.client();
        client.send(GET);
        const endpoint = await upstream.next();
        endpoint.send(`${CHUNKED}4\r\ngood\r\n`);
        await client.until('good');
        endpoint.send(chunks);
        expect(await client.closed()).not.toContain('0\r\n\r\n');
        await endpoint.closed();
        expect(await front.outcome()).toMatchObject({ outcome: 'broken' });
      });
    }
  });
}
