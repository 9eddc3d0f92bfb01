/** Writes while datacenters take turns. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import { signWritesGrant } from '@feedfleet/registry-client';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { WRITES_KEY, form, keys, openPushEndpoint } from './push-endpoint-fixture.ts';
import type { PushEndpointFixture } from './push-endpoint-fixture.ts';
import { behindFence, WriteFence } from './write-fence.ts';

const place = (id: string, writes: boolean, epoch: number) => ({ id, title: '', position: 1, writes, epoch });
const here = [place('west', true, 3), place('east', false, 2)];
const elsewhere = [place('west', false, 3), place('east', true, 4)];

const NOTHING = { current: () => undefined, hear: () => undefined };

let fixture: PushEndpointFixture;
beforeEach(async () => {
  fixture = await openPushEndpoint();
});
afterEach(() => fixture.close());

const path = '/F/Tools/api/v2/package';
const push = (epoch?: string) => {
  const { body, headers } = form(buildPackage({ id: 'A' }));
  return fixture.send(path, {
    body,
    headers: { ...headers, ...(epoch === undefined ? {} : { 'x-feedfleet-epoch': epoch }) },
  });
};

describe('a push', () => {
  it.each([
    ['without datacenters', [], undefined],
    ['without datacenters, whatever epoch was sent', [], '1'],
    ['where the writes are, without a word', here, undefined],
    ['where the writes are, by the newest epoch', here, '3'],
    ['by an epoch that has not arrived here yet', here, '4'],
  ])('is taken %s', async (_what, datacenters, epoch) => {
    fixture.setDatacenters(datacenters);
    expect((await push(epoch)).status).toBe(201);
  });

  it.each([
    ['where the writes are not', elsewhere, '4', /datacenter west has not the writes/],
    ['in a datacenter that the fleet does not have', [place('east', true, 1)], '1', /west has not the writes/],
    ['by an epoch before a failover', here, '2', /before the failover with the epoch 3/],
    ['by an epoch that is none', here, '3, 4', /before the failover/],
  ])('is refused %s, and nothing is written', async (_what, datacenters, epoch, detail) => {
    fixture.setDatacenters(datacenters);
    const answer = await push(epoch);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject({ code: 'FF_FENCED', detail: expect.stringMatching(detail) });
    expect(await fixture.versionsOf('a')).toEqual([]);
    expect(fixture.files()).toEqual([]);
  });

  it('is refused when the writes left while its body was on its way', async () => {
    fixture.setDatacenters(here);
    const { body, headers } = form(buildPackage({ id: 'A' }));
    const socket = connect(fixture.port, '127.0.0.1');
    await once(socket, 'connect');
    const head = ['Host: x', 'Connection: close', `X-NuGet-ApiKey: ${keys.pusher}`, 'X-Feedfleet-Epoch: 3'];
    const type = `Content-Type: ${headers['content-type'] ?? ''}`;
    socket.write(
      `PUT ${path} HTTP/1.1\r\n${[...head, type, `Content-Length: ${body.length + 2}`].join('\r\n')}\r\n\r\n`,
    );
    socket.write(body);
    const answered = text(socket);
    while (fixture.files().length === 0) await new Promise((resolve) => setImmediate(resolve));
    fixture.setDatacenters(elsewhere);
    socket.write('\r\n');
    expect(await answered).toMatch(/^HTTP\/1\.1 503 [^]*FF_FENCED/);
    expect(await fixture.versionsOf('a')).toEqual([]);
    expect(fixture.files()).toEqual([]);
  });
});

describe('deletes and relistings', () => {
  it('are refused where the writes are not', async () => {
    expect((await push()).status).toBe(201);
    fixture.setDatacenters(elsewhere);
    const version = `${path}/A/1.0.0`;
    for (const method of ['DELETE', 'POST']) expect((await fixture.send(version, { method })).status).toBe(503);
    const [stored] = await fixture.versionsOf('a');
    expect(stored).toMatchObject({ listed: true });
    fixture.setDatacenters(here);
    expect((await fixture.send(version, { method: 'DELETE' })).status).toBe(200);
  });
});

describe('a grant past the registry', () => {
  const granted = (datacenter: string, epoch: number, key = WRITES_KEY) => ({
    'x-feedfleet-epoch': String(epoch),
    'x-feedfleet-writes': signWritesGrant(key, { datacenter, epoch }),
  });
  const pushWith = (headers: Readonly<Record<string, string>>, version = '1.0.0') => {
    const { body, headers: own } = form(buildPackage({ id: 'A', version }));
    return fixture.send(path, { body, headers: { ...own, ...headers } });
  };

  it('lets a datacenter write of which the registry knows less, and is kept', async () => {
    fixture.setDatacenters(elsewhere);
    expect((await pushWith(granted('west', 1000))).status).toBe(201);
    // From now on it is known, also without the word.
    expect((await pushWith({ 'x-feedfleet-epoch': '1000' }, '1.0.1')).status).toBe(201);
    expect((await pushWith({ 'x-feedfleet-epoch': '4' }, '1.0.2')).status).toBe(503);
    expect(fixture.files()).toContain('fence/writes.json');
  });

  it('takes the writes from the one that has them by the registry, whose older word changes nothing', async () => {
    fixture.setDatacenters(here);
    expect((await pushWith(granted('east', 1000))).status).toBe(503);
    expect((await push('3')).status).toBe(503);
    fixture.setDatacenters([place('west', true, 5), place('east', false, 2)]);
    expect((await push('5')).status).toBe(503);
    fixture.setDatacenters([place('west', true, 1001), place('east', false, 2)]);
    expect((await push('1001')).status).toBe(201);
  });

  it('gives way to a newer one only', async () => {
    fixture.setDatacenters(elsewhere);
    expect((await pushWith(granted('west', 2000))).status).toBe(201);
    expect((await pushWith(granted('east', 1000), '1.0.1')).status).toBe(503);
    expect((await pushWith(granted('west', 2000), '1.0.2')).status).toBe(201);
    expect((await pushWith(granted('east', 3000), '1.0.3')).status).toBe(503);
    expect((await pushWith(granted('west', 2000), '1.0.4')).status).toBe(503);
  });

  it('is passed over where nobody of the fleet has signed it', async () => {
    fixture.setDatacenters(elsewhere);
    expect((await pushWith(granted('west', 1000, Buffer.alloc(32, 9)))).status).toBe(503);
    expect((await pushWith({ 'x-feedfleet-writes': 'west;1000;' })).status).toBe(503);
    expect(fixture.files()).toEqual([]);
  });

  it('that cannot be read has nothing written, for it may say that the writes are elsewhere', async () => {
    fixture.setDatacenters(here);
    mkdirSync(`${fixture.folder}/fence`);
    writeFileSync(`${fixture.folder}/fence/writes.json`, 'half a docum');
    const refused = await push('3');
    expect([refused.status, await refused.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'FF_STORE_UNAVAILABLE' }),
    ]);
  });
});

describe('whatever else writes in this process', () => {
  it('is refused before it is asked, and reads are not', async () => {
    let datacenters = elsewhere;
    const view = {
      get datacenters() {
        return datacenters;
      },
      datacenterById: (id: string) => datacenters.find((each) => each.id === id),
    };
    const fence = new WriteFence({ registry: { current: () => view }, datacenter: 'west', grant: NOTHING });
    const handler = behindFence(fence, {
      drain: { maxBytes: 1000, maxMs: 100 },
      handler: (_request, response) => response.end('done'),
    });
    const metrics = createMetrics({ service: 'push', instance: 'push-1' });
    const log = createLogger({ service: 'push', instance: 'push-1', level: 'error' });
    const listen = { host: '127.0.0.1', port: 0 };
    const host = await startHost({ service: 'push', instance: 'push-1', listen, metrics, log, handler, drainMs: 100 });
    const statusOf = async (method: string) => (await fetch(`${host.url}/x`, { method })).status;
    expect(await Promise.all(['PUT', 'POST', 'PATCH', 'DELETE'].map(statusOf))).toEqual([503, 503, 503, 503]);
    expect(await Promise.all(['GET', 'HEAD', 'OPTIONS'].map(statusOf))).toEqual([200, 200, 200]);
    datacenters = here;
    expect(await statusOf('PUT')).toBe(200);
    await host.drain();
  });
});
