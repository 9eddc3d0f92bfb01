import { describe, expect, it } from '@jest/globals';
import { fastEnough } from './upload-rate.ts';

let nowMs = 0;
const clock = (): number => nowMs;

/** Pieces of so many bytes, each after a second. */
async function* pieces(count: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index += 1) {
    await Promise.resolve();
    nowMs += 1000;
    yield new Uint8Array(bytes);
  }
}

async function take(body: AsyncIterable<Uint8Array>, { minBytesPerSecond = 100, diskMs = 0 } = {}): Promise<number> {
  let taken = 0;
  for await (const piece of fastEnough(body, { minBytesPerSecond, graceMs: 3000 }, clock)) {
    taken += piece.length;
    nowMs += diskMs;
  }
  return taken;
}

describe('an upload', () => {
  it('that trickles is ended with 408, and told why', async () => {
    await expect(take(pieces(5, 1))).rejects.toMatchObject({
      code: 'FF_REQUEST_TIMEOUT',
      status: 408,
      detail: 'the body of the request arrived at less than 100 bytes per second on average',
    });
  });

  it('is not judged within the grace', async () => {
    expect(await take(pieces(3, 1))).toBe(3);
  });

  it('that is fast enough goes on', async () => {
    expect(await take(pieces(20, 100))).toBe(2000);
  });

  it('does not answer for the time that a disk takes', async () => {
    expect(await take(pieces(20, 100), { diskMs: 5000 })).toBe(2000);
  });

  it('may be as slow as it likes when the limit is off', async () => {
    expect(await take(pieces(50, 1), { minBytesPerSecond: 0 })).toBe(50);
  });
});
