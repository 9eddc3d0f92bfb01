/** Which answers count as a download of a package. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoredBlob } from '@feedfleet/store';

import { openFixture, text } from './endpoint-fixture.ts';
import type { EndpointFixture } from './endpoint-fixture.ts';
import type { Answer } from './protocol.ts';

const CONTENT = randomBytes(300_000);
const SHA512 = 'ab'.repeat(64);
const PATH = '/F/Open/api/v3/flat/a/1.0.0/a.1.0.0.nupkg';
const VERSION_KEY = 17;

let folder: string;
let fixture: EndpointFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-downloads-'));
  await writeFile(join(folder, 'blob'), CONTENT);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  fixture = await openFixture({ cacheBytes: 8 * 1024 ** 2 });
});
afterEach(() => fixture.close());

function download(rest: Partial<StoredBlob>, counts?: { readonly versionKey: number }): Answer {
  const path = join(folder, 'blob');
  const stream: StoredBlob['stream'] = (range) => createReadStream(path, range);
  const blob: StoredBlob = { sha512: SHA512, sizeBytes: CONTENT.length, bytes: undefined, stream, path, ...rest };
  const contentType = 'application/octet-stream';
  return { kind: 'blob', contentType, fileName: 'a.nupkg', blob, ...(counts === undefined ? {} : { counts }) };
}

/** The client may have the last byte before the server has heard that it left. */
async function untilCounted(times: number): Promise<void> {
  while (fixture.downloads.length < times) await new Promise((resolve) => setImmediate(resolve));
}

describe.each([
  ['from memory', CONTENT],
  ['from disk', undefined],
])('a package %s', (_place, bytes) => {
  beforeEach(() => {
    fixture.answerWith(() => download({ bytes }, { versionKey: VERSION_KEY }));
  });

  it('is counted each time that it is fetched', async () => {
    for (let time = 1; time <= 3; time += 1) {
      await fixture.send(PATH);
      await untilCounted(time);
      expect(fixture.downloads).toEqual(Array<number>(time).fill(VERSION_KEY));
    }
  });

  it.each([
    ['bytes=0-', 1],
    ['bytes=00-99', 1],
    ['bytes=100-', 0],
    ['bytes=0100-199', 0],
    ['bytes=-100', 0],
    ['bytes=300000-', 0],
    ['pages=1-2', 1],
  ])('asked for as %s is counted %i times', async (range, times) => {
    await fixture.send(PATH, { headers: { range } });
    await untilCounted(times);
    expect(fixture.downloads).toHaveLength(times);
  });

  it('is not counted for HEAD, nor for an answer that nothing has changed', async () => {
    await fixture.send(PATH, { method: 'HEAD' });
    expect(await fixture.send(PATH, { headers: { 'if-none-match': `"${SHA512}"` } })).toMatchObject({ status: 304 });
    expect(fixture.downloads).toEqual([]);
  });
});

describe('a package', () => {
  it('is not counted when its client goes in the middle', async () => {
    let isGone = (): void => undefined;
    const gone = new Promise<void>((resolve) => {
      isGone = resolve;
    });
    const stream = (): Readable => {
      const content = new Readable({ read: () => undefined }).once('close', isGone);
      content.push(CONTENT.subarray(0, 1000));
      return content;
    };
    fixture.answerWith(() => download({ stream }, { versionKey: VERSION_KEY }));
    const socket = connect(fixture.host.port, '127.0.0.1');
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
    await gone;
    expect(fixture.downloads).toEqual([]);
  });

  it('is not counted when its protocol does not say for whom, nor is a document', async () => {
    fixture.answerWith(() => download({ bytes: CONTENT }));
    await fixture.send(PATH);
    fixture.answerWith(() => text('document'));
    await fixture.send('/F/Open/api/v3/index.json');
    expect(fixture.downloads).toEqual([]);
  });
});
