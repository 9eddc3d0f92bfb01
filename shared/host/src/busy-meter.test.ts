import { afterEach, describe, expect, it } from '@jest/globals';

import { BUSY_HEADER, BusyMeter } from './busy-meter.ts';
import { HostFixture } from './host-fixture.ts';

const fixture = new HostFixture();
afterEach(fixture.end);

/** Has a loop wait and work for so many milliseconds. @returns what is told then. */
function passing(): (idle: number, active: number) => string | undefined {
  const times = { idle: 0, active: 0 };
  const meter = new BusyMeter(() => ({ ...times }));
  return (idle, active) => {
    times.idle += idle;
    times.active += active;
    return meter.due(times.idle + times.active);
  };
}

describe('how busy the event loop is', () => {
  it('is the part of the last 50 to 100 ms in which it did not wait', () => {
    const pass = passing();
    expect([pass(50, 0), pass(0, 30), pass(0, 30), pass(10, 10)]).toEqual(['0', '37', '100', '87']);
  });

  it('is the part since the last answer that told it where that is longer ago, and for the first 50 ms after', () => {
    const pass = passing();
    expect([pass(50, 50), pass(1_000, 0), pass(0, 40), pass(0, 40)]).toEqual(['50', '0', '3', '100']);
  });

  it('is told once in 20 ms', () => {
    const meter = new BusyMeter(() => ({ idle: 1, active: performance.now() }));
    expect([meter.due(100), meter.due(119), meter.due(120)].map((told) => told !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('is told with an answer that goes through a balancer, however that is written, and to nobody else', async () => {
    const host = await fixture.start({
      tellsBusy: true,
      handler: (request, response) => {
        if (request.url === '/array') response.writeHead(200, ['ETag', '"1"', 'Content-Length', '2']);
        else if (request.url === '/object') response.writeHead(200, 'Fine', { etag: '"1"', 'content-length': 2 });
        else response.setHeader('etag', '"1"');
        response.end('ok');
      },
    });
    for (const path of ['/array', '/object', '/implicit']) {
      await expect(toldBusy(host.url + path)).resolves.toBeNull();
      const [busy, etag, text] = await untilTold(host.url + path);
      expect([etag, text]).toEqual(['"1"', 'ok']);
      expect(Number(busy)).toBeLessThanOrEqual(100);
    }
  });

  it('is told by no host that was not asked to', async () => {
    const host = await fixture.start({ handler: (_request, response) => void response.end('ok') });
    const answer = await fetch(host.url, { headers: { 'x-forwarded-host': 'h' } });
    expect(answer.headers.get(BUSY_HEADER)).toBeNull();
  });
});

async function toldBusy(url: string): Promise<string | null> {
  return (await fetch(url)).headers.get(BUSY_HEADER);
}

async function untilTold(url: string): Promise<readonly (string | null)[]> {
  for (;;) {
    const answer = await fetch(url, { headers: { 'x-forwarded-host': 'h' } });
    const [busy, text] = [answer.headers.get(BUSY_HEADER), await answer.text()];
    if (busy !== null) return [busy, answer.headers.get('etag'), text];
  }
}
