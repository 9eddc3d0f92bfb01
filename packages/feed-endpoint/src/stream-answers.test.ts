import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';

import { openFixture, READ_KEY } from './endpoint-fixture.ts';
import type { EndpointFixture } from './endpoint-fixture.ts';
import type { Answer } from './protocol.ts';

const CONTENT = Buffer.alloc(300_000, 'made while it is sent ');
const PATH = '/F/Open/api/v3/made';

let fixture: EndpointFixture;
let opened: Readable[];

beforeEach(async () => {
  opened = [];
  fixture = await openFixture({
    variesBy: { header: 'x-wanted', variantOf: (value) => value },
    downloadIdleMs: 60_000,
  });
});

afterEach(() => fixture.close());

/** In pieces, as something that unpacks gives it. */
function* pieces(): Generator<Buffer> {
  for (let at = 0; at < CONTENT.length; at += 10_000) yield CONTENT.subarray(at, at + 10_000);
}

function made(open: () => Readable = () => Readable.from(pieces(), { objectMode: false })): Answer {
  const tracked = (): Readable => {
    const stream = open();
    opened.push(stream);
    return stream;
  };
  const rest = { contentType: 'application/octet-stream', fileName: 'a.pdb', tag: 'abc' };
  return { kind: 'stream', ...rest, sizeBytes: CONTENT.length, open: tracked };
}

describe('content that is made while it is sent', () => {
  it('comes whole, to be kept for long by everybody', async () => {
    fixture.answerWith(() => made());
    const received = await fixture.send(PATH, { headers: { 'accept-encoding': 'gzip', range: 'bytes=0-9' } });
    expect([received.status, received.body.equals(CONTENT)]).toEqual([200, true]);
    expect(received.headers).toMatchObject({
      'content-length': '300000',
      'cache-control': 'public, max-age=2592000, immutable',
      etag: '"abc"',
      vary: 'x-wanted',
      'content-disposition': 'attachment; filename="a.pdb"',
    });
    expect(received.headers['accept-ranges']).toBeUndefined();
  });

  it('is kept by the client alone when the feed is private', async () => {
    fixture.answerWith(() => made());
    const received = await fixture.send('/F/Closed/api/v3/made', { headers: { 'x-nuget-apikey': READ_KEY } });
    expect(received.headers['cache-control']).toBe('private, max-age=2592000, immutable');
    expect((await fixture.send('/F/Closed/api/v3/made')).status).toBe(401);
  });

  it('is not made for HEAD, and not for who has it', async () => {
    fixture.answerWith(() => made());
    const get = await fixture.send(PATH);
    const head = await fixture.send(PATH, { method: 'HEAD' });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    const known = await fixture.send(PATH, { headers: { 'if-none-match': '"abc"' } });
    expect([known.status, known.headers.etag]).toEqual([304, '"abc"']);
    expect(opened).toHaveLength(1);
  });

  it('is asked for by the header that the protocol names, one answer for each value', async () => {
    const both = Promise.withResolvers<undefined>();
    fixture.answerWith(async ({ variant = '' }) => {
      // Both are under way at one time: they must not share one answer.
      if (fixture.queries.length === 2) both.resolve(undefined);
      await both.promise;
      return made(() => Readable.from([Buffer.alloc(CONTENT.length, `${variant}.`)]));
    });
    const [one, other] = await Promise.all(
      ['1', '2'].map((wanted) => fixture.send(PATH, { headers: { 'x-wanted': wanted } })),
    );
    expect([one?.body.toString('latin1', 0, 2), other?.body.toString('latin1', 0, 2)]).toEqual(['1.', '2.']);
    await fixture.send(PATH);
    expect(fixture.queries.map(({ variant }) => variant).toSorted()).toEqual(['', '1', '2']);
  });

  it('that cannot be opened is a 503 and not half an answer', async () => {
    fixture.answerWith(() =>
      made(
        () =>
          new Readable({
            read() {
              this.destroy(new Error('disk'));
            },
          }),
      ),
    );
    await expect(fixture.send(PATH)).resolves.toMatchObject({ status: 503 });
    fixture.answerWith(
      () =>
        ({
          ...made(),
          open: () => {
            throw new ProblemError('storeUnavailable');
          },
        }) as Answer,
    );
    await expect(fixture.send(PATH)).resolves.toMatchObject({ status: 503 });
  });

  it('that fails in the middle breaks the connection off', async () => {
    const failing = function* (): Generator<Buffer> {
      yield CONTENT.subarray(0, 10_000);
      throw new Error('disk');
    };
    fixture.answerWith(() => made(() => Readable.from(failing(), { objectMode: false })));
    await expect(fixture.send(PATH)).rejects.toThrow(/aborted|hang up/);
  });

  it('is closed when the client goes', async () => {
    const endless = new Readable({
      read() {
        this.push(CONTENT);
      },
    });
    fixture.answerWith(() => made(() => endless));
    const gone = new AbortController();
    const sent = fixture.send(PATH, { signal: gone.signal });
    endless.once('resume', () => gone.abort());
    await expect(sent).rejects.toThrow(/aborted/);
    if (!endless.destroyed) await new Promise((resolve) => endless.once('close', resolve));
    expect(endless.destroyed).toBe(true);
  });
});
