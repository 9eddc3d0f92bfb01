import { afterEach, describe, expect, it } from '@jest/globals';
import { HostFixture, sendRaw } from './host-fixture.ts';
import { jsonBody } from './index.ts';
import type { RunningHost } from './index.ts';

const fixture = new HostFixture();
const { start } = fixture;
afterEach(fixture.end);

describe('a JSON body', () => {
  const echo = () =>
    start({
      routes: (app) =>
        app.post('/x', jsonBody({ maxBytes: 20 }), (request, response) => void response.json(request.body)),
    });
  const post = (host: RunningHost, body: string) => fetch(`${host.url}/x`, { method: 'POST', body });

  it('is parsed', async () => {
    expect(await (await post(await echo(), '{"a":[1]}')).json()).toEqual({ a: [1] });
  });

  it.each([
    ['{"a":', 400, 'FF_INVALID_REQUEST'],
    [`"${'x'.repeat(20)}"`, 413, 'FF_BODY_TOO_LARGE'],
  ])('is refused when it is %j', async (body, status, code) => {
    const answer = await post(await echo(), body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ code });
  });

  it('is bounded also without a length', async () => {
    const chunked = 'POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
    const answer = await sendRaw(await echo(), `${chunked}1e\r\n"${'x'.repeat(28)}"\r\n0\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 Too large\r\n/);
  });
});
