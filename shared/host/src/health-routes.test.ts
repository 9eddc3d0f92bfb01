import { afterEach, describe, expect, it } from '@jest/globals';
import { HostFixture, sendRaw } from './host-fixture.ts';

const fixture = new HostFixture();
const { start } = fixture;
afterEach(fixture.end);

describe('a health request', () => {
  it.each([
    ['GET', 'Content-Length: 100', 200],
    ['POST', 'Transfer-Encoding: chunked', 405],
  ])('of %s with %s is answered and closed before the body has come', async (method, framing, status) => {
    const answer = await sendRaw(await start(), `${method} /health/live HTTP/1.1\r\nHost: x\r\n${framing}\r\n\r\n1`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\r\nconnection: close\r\n`, 'i'));
  });

  it('keeps the connection of a request without a body', async () => {
    const host = await start();
    const answer = await fetch(`${host.url}/health/live`, { method: 'POST', body: '' });
    expect([answer.status, answer.headers.get('connection')]).toEqual([405, 'keep-alive']);
  });
});
