import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredBlob } from '@feedfleet/store';

import { openFixture } from './endpoint-fixture.ts';
import type { EndpointFixture } from './endpoint-fixture.ts';
import type { Answer } from './protocol.ts';

const CONTENT = randomBytes(300_000);
const SHA512 = 'ab'.repeat(64);
const PATH = '/F/Open/api/v3/flat/a/1.0.0/a.1.0.0.nupkg';

let folder: string;
let fixture: EndpointFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-blob-'));
  await writeFile(join(folder, 'blob'), CONTENT);
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  fixture = await openFixture({ cacheBytes: 8 * 1024 ** 2 });
});

afterEach(() => fixture.close());

function download(rest: Partial<StoredBlob> = {}): Answer {
  const path = join(folder, 'blob');
  const stream: StoredBlob['stream'] = (range) => createReadStream(path, range);
  const blob: StoredBlob = { sha512: SHA512, sizeBytes: CONTENT.length, bytes: undefined, stream, path, ...rest };
  return { kind: 'blob', contentType: 'application/octet-stream', fileName: 'a.1.0.0.nupkg', blob };
}

describe.each([
  ['from memory', CONTENT],
  ['from disk', undefined],
])('a download %s', (_place, bytes) => {
  beforeEach(() => {
    fixture.answerWith(() => download({ bytes }));
  });

  it('is the whole file with a strong ETag, its length and no compression', async () => {
    const received = await fixture.send(PATH, { headers: { 'accept-encoding': 'gzip' } });
    expect([received.status, received.body.equals(CONTENT)]).toEqual([200, true]);
    expect(received.headers).toMatchObject({
      'content-length': '300000',
      'accept-ranges': 'bytes',
      etag: `"${SHA512}"`,
      'content-disposition': 'attachment; filename="a.1.0.0.nupkg"',
    });
    expect(received.headers['content-encoding']).toBeUndefined();
  });

  it('has the same headers for HEAD, which ignores ranges', async () => {
    const get = await fixture.send(PATH);
    const head = await fixture.send(PATH, { method: 'HEAD', headers: { range: 'bytes=0-9' } });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
  });

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=299990-', 299_990, 299_999],
    ['bytes=-5', 299_995, 299_999],
  ])('is given in part for %s', async (range, start, end) => {
    const received = await fixture.send(PATH, { headers: { range } });
    expect([received.status, received.headers['content-range']]).toEqual([206, `bytes ${start}-${end}/300000`]);
    expect(received.headers['content-length']).toBe(String(end - start + 1));
    expect(received.body.equals(CONTENT.subarray(start, end + 1))).toBe(true);
  });

  it('is given whole for several ranges, and for a range of another file', async () => {
    const several = await fixture.send(PATH, { headers: { range: 'bytes=0-1,5-6' } });
    const other = await fixture.send(PATH, { headers: { range: 'bytes=0-1', 'if-range': '"other"' } });
    const same = await fixture.send(PATH, { headers: { range: 'bytes=0-1', 'if-range': `"${SHA512}"` } });
    expect([several.status, other.status, same.status]).toEqual([200, 200, 206]);
    expect(several.body.length).toBe(300_000);
  });

  it('answers 416 with the size for a range behind its end', async () => {
    const received = await fixture.send(PATH, { headers: { range: 'bytes=300000-' } });
    expect([received.status, received.headers['content-range']]).toEqual([416, 'bytes */300000']);
  });

  it('answers 304 to its ETag, before any range', async () => {
    const headers = { 'if-none-match': `W/"${SHA512}"`, range: 'bytes=0-9' };
    expect((await fixture.send(PATH, { headers })).status).toBe(304);
  });

  it('reaches a client of HTTP/1.0 with a length and a closed connection', async () => {
    const socket = connect(fixture.host.port, '127.0.0.1');
    socket.write(`GET ${PATH} HTTP/1.0\r\n\r\n`);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    const received = Buffer.concat(chunks);
    const head = received.subarray(0, received.indexOf('\r\n\r\n')).toString('latin1').toLowerCase();
    expect(head).toContain('content-length: 300000');
    expect(head).not.toContain('transfer-encoding');
    expect(received.subarray(-300_000).equals(CONTENT)).toBe(true);
  });
});

describe('a download', () => {
  it('is asked of the protocol once for a revision when it fits into memory', async () => {
    fixture.answerWith(() => download({ bytes: CONTENT }));
    await fixture.send(PATH);
    await fixture.send(PATH);
    fixture.bump('open');
    await fixture.send(PATH);
    expect(fixture.queries).toHaveLength(2);
  });

  it('answers 503 when its file cannot be opened', async () => {
    fixture.answerWith(() => download({ stream: () => createReadStream(join(folder, 'gone')) }));
    const received = await fixture.send(PATH);
    expect([received.status, received.headers['retry-after']]).toEqual([503, '1']);
  });

  it('is broken off, not cut short, when its file ends in the middle', async () => {
    fixture.answerWith(() => download({ stream: () => Readable.from(halfAFile()) }));
    await expect(fixture.send(PATH)).rejects.toThrow();
  });

  it('lets go of its file when the client goes away', async () => {
    const opened = Promise.withResolvers<Readable>();
    const endless = (): Readable => {
      const stream = new Readable({ read: () => void stream.push(Buffer.alloc(65_536)) });
      opened.resolve(stream);
      return stream;
    };
    fixture.answerWith(() => download({ sizeBytes: 1024 ** 3, stream: endless }));
    const leaving = new AbortController();
    const sent = fixture.send(PATH, { signal: leaving.signal });
    const stream = await opened.promise;
    const closed = Promise.withResolvers<unknown>();
    stream.once('close', closed.resolve);
    await once(stream, 'readable');
    leaving.abort();
    await expect(sent).rejects.toThrow();
    await closed.promise;
    expect(stream.destroyed).toBe(true);
  });

  it('goes on past the deadline of its request, as long as bytes flow', async () => {
    await fixture.close();
    fixture = await openFixture({ requestTimeoutMs: 150 });
    fixture.answerWith(() => download({ stream: () => Readable.from(slowly(CONTENT)) }));
    const received = await fixture.send(PATH);
    expect(received.body.equals(CONTENT)).toBe(true);
  });

  it('is broken off when its client takes nothing for too long', async () => {
    await fixture.close();
    fixture = await openFixture({ downloadIdleMs: 50 });
    const closed = Promise.withResolvers<unknown>();
    const endless = (): Readable => Readable.from(endlessly()).once('close', closed.resolve);
    fixture.answerWith(() => download({ sizeBytes: 1024 ** 3, stream: endless }));
    const socket = connect(fixture.host.port, '127.0.0.1');
    socket.pause().write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await closed.promise;
    socket.destroy();
    expect(fixture.queries).toHaveLength(1);
  });

  it('names files of any language in a way that headers can carry', async () => {
    fixture.answerWith(() => ({ ...download({ bytes: CONTENT }), fileName: 'r\u00e9sum\u00e9".nupkg' }) as Answer);
    const received = await fixture.send(PATH);
    expect(received.headers['content-disposition']).toBe(
      `attachment; filename="r_sum__.nupkg"; filename*=UTF-8''r%C3%A9sum%C3%A9%22.nupkg`,
    );
  });
});

/** Ten pieces, over half a second. */
async function* slowly(content: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < content.length; start += content.length / 10) {
    yield content.subarray(start, start + content.length / 10);
    await delay(50);
  }
}

function* endlessly(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}

function* halfAFile(): Generator<Buffer> {
  yield CONTENT.subarray(0, 1000);
  throw new Error('the disk broke');
}
