import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { openFixture } from './endpoint-fixture.ts';
import type { EndpointFixture } from './endpoint-fixture.ts';
import type { RelayAnswer } from './protocol.ts';

const SHA512 = 'c'.repeat(128);

function relay(content: Partial<RelayAnswer['content']> & Pick<RelayAnswer['content'], 'open'>): RelayAnswer {
  return {
    ...{ kind: 'relay', contentType: 'application/octet-stream', fileName: 'a.1.0.0.nupkg' },
    content: { sizeBytes: null, sha512: null, ...content },
  };
}

describe('a download that a package source gives', () => {
  let fixture: EndpointFixture;

  beforeEach(async () => {
    fixture = await openFixture();
  });

  afterEach(() => fixture.close());

  it('is passed on with its size and its hash', async () => {
    const open = () => Readable.from([Buffer.from('first '), Buffer.from('second')]);
    fixture.answerWith(() => relay({ sizeBytes: 12, sha512: SHA512, open }));
    const received = await fixture.send('/F/Open/api/v3/a');
    expect(received).toMatchObject({
      status: 200,
      headers: {
        'content-length': '12',
        etag: `"${SHA512}"`,
        'content-disposition': 'attachment; filename="a.1.0.0.nupkg"',
        'x-feedfleet-fault': 'source',
      },
    });
    expect(received.body.toString()).toBe('first second');
  });

  it('is passed on when its source says neither size nor hash', async () => {
    fixture.answerWith(() => relay({ open: () => Readable.from([Buffer.from('all')]) }));
    const received = await fixture.send('/F/Open/api/v3/a');
    expect(received.status).toBe(200);
    expect(received.headers).not.toHaveProperty('etag');
    expect(received.body.toString()).toBe('all');
  });

  it('is not opened for HEAD, nor for a client that has it', async () => {
    const open = () => {
      throw new Error('opened');
    };
    fixture.answerWith(() => relay({ sizeBytes: 12, sha512: SHA512, open }));
    const head = await fixture.send('/F/Open/api/v3/a', { method: 'HEAD' });
    const again = await fixture.send('/F/Open/api/v3/a', { headers: { 'if-none-match': `"${SHA512}"` } });
    expect([head.status, head.headers['content-length'], again.status]).toEqual([200, '12', 304]);
  });

  it('is a 503 when its source gives nothing of it', async () => {
    const open = () =>
      new Readable({
        read() {
          this.destroy(new Error('reset'));
        },
      });
    fixture.answerWith(() => relay({ open }));
    const received = await fixture.send('/F/Open/api/v3/a');
    expect(received.status).toBe(503);
    expect(JSON.parse(received.body.toString())).toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
  });

  it('ends at its source when the client leaves', async () => {
    const ended = Promise.withResolvers<undefined>();
    const begun = Promise.withResolvers<undefined>();
    fixture.answerWith(() =>
      relay({
        open: (signal) => {
          signal.addEventListener('abort', () => ended.resolve(undefined));
          begun.resolve(undefined);
          return new Readable({
            read() {
              this.push(Buffer.alloc(65_536));
            },
          });
        },
      }),
    );
    const leaving = new AbortController();
    const sent = fixture.send('/F/Open/api/v3/a', { signal: leaving.signal });
    await begun.promise;
    leaving.abort();
    await expect(sent).rejects.toThrow('aborted');
    await ended.promise;
  });
});
