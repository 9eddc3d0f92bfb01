import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { form, keys, openPushEndpoint } from './push-endpoint-fixture.ts';
import type { PushEndpointFixture } from './push-endpoint-fixture.ts';

let fixture: PushEndpointFixture;

beforeEach(async () => {
  fixture = await openPushEndpoint();
});
afterEach(() => fixture.close());

describe('DELETE and POST to a version', () => {
  const put = (feed: string) => fixture.send(`/F/${feed}/`, form(buildPackage({ id: 'My.Lib', version: '1.0' })));

  it.each([
    '/F/Tools/api/v2/package/My.Lib/1.0',
    '/F/Tools/my.LIB/1.0.0.0',
    '/F/Tools/api/v2/My.Lib/1.0.0/',
    '/F/Tools/api/v3/index.json/My.Lib/1.00',
  ])('%s: unlists, also a second time, and relists', async (path) => {
    await put('Tools');
    const headers = { 'content-type': 'text/html' };
    for (let turn = 0; turn < 2; turn += 1) {
      const response = await fixture.send(path, { method: 'DELETE', headers });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('Unlisted\n');
    }
    expect((await fixture.versionsOf('my.lib'))[0]?.listed).toBe(false);
    expect((await fixture.send(path, { method: 'POST' })).status).toBe(200);
    expect((await fixture.versionsOf('my.lib'))[0]?.listed).toBe(true);
  });

  it('deletes on a feed that says so', async () => {
    await put('Secret');
    const path = '/F/Secret/api/v2/package/My.Lib/1.0';
    expect((await fixture.send(path, { method: 'DELETE' })).status).toBe(200);
    expect((await fixture.send(path, { method: 'DELETE' })).status).toBe(200);
    expect(await fixture.versionsOf('my.lib', 'feed-2')).toEqual([]);
    expect(fixture.files()).toEqual([]);
  });

  it('is answered over HTTP/1.0 with a body', async () => {
    await put('Tools');
    const answer = await fixture.raw(
      `DELETE /F/Tools/My.Lib/1.0 HTTP/1.0\r\nHost: x\r\nContent-Type: text/html\r\nX-NuGet-ApiKey: ${keys.pusher}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nUnlisted\n$/);
  });

  it('is 404 for what is not there, 403 and 401 without the right key, 405 for other methods', async () => {
    await put('Tools');
    const path = '/F/Tools/api/v2/package/My.Lib/1.0';
    expect((await fixture.send('/F/Tools/api/v2/package/My.Lib/9.0', { method: 'DELETE' })).status).toBe(404);
    expect((await fixture.send('/F/Tools/api/v2/package/My.Lib/x', { method: 'DELETE' })).status).toBe(404);
    expect((await fixture.send(path, { method: 'DELETE', key: '' })).status).toBe(401);
    expect((await fixture.send(path, { method: 'DELETE', key: 'wrong' })).status).toBe(403);
    expect((await fixture.send(path, { method: 'DELETE', key: keys.narrow })).status).toBe(403);
    expect((await fixture.send(path, { method: 'POST', key: keys.narrow })).status).toBe(403);
    const other = await fixture.send(path, { method: 'PUT' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'DELETE, POST']);
    expect((await fixture.send('/F/Tools/api/v2/package', { method: 'DELETE' })).status).toBe(405);
    expect((await fixture.versionsOf('my.lib'))[0]?.listed).toBe(true);
  });

  it('is 503 with Retry-After when the store is gone', async () => {
    fixture.closeStore();
    const response = await fixture.send('/F/Tools/api/v2/package/My.Lib/1.0', { method: 'DELETE' });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect((await fixture.send('/F/Tools/', form(buildPackage()))).status).toBe(503);
  });
});
