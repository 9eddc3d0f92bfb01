import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { RunningHost } from '@feedfleet/host';
import { EMPTY_SNAPSHOT, hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { Feed } from '@feedfleet/registry-client';
import { buildPackage } from '../../../tests/src/support/package-builder.ts';
import { PushEndpoint } from './push-endpoint.ts';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import type { PushFixture } from './push-fixture.ts';
import { PushGate } from './push-gate.ts';
import { UploadGate } from './upload-gate.ts';

const pusher = newKey();
const gate = new PushGate({ maxConcurrent: 1, maxQueued: 0 });
const uploads = new UploadGate(16);
let fixture: PushFixture;
let host: RunningHost;
let feeds: Feed[] = [];

async function start(requestTimeoutMs: number, minBytesPerSecond = 0): Promise<void> {
  fixture = await openPushFixture();
  feeds = [sampleFeed];
  const metrics = createMetrics({ service: 'push', instance: 'push-1' });
  const endpoint = new PushEndpoint({
    fence: { check: () => undefined },
    ...{ service: fixture.service(), symbols: fixture.symbolService() },
    ...{ gate, uploads, uploadRate: { minBytesPerSecond, graceMs: 100 } },
    registry: { current: view, reportKeyUse: () => undefined },
    maxPackageBytes: 10_000_000,
    drain: { maxBytes: 1_000_000, maxMs: 50 },
    metrics,
    now: Date.now,
  });
  host = await startHost({
    ...{ service: 'push', instance: 'push-1', listen: { host: '127.0.0.1', port: 0 }, metrics },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'error' }),
    handler: endpoint.handler,
    limits: { requestTimeoutMs },
  });
}

afterEach(async () => {
  await host.drain();
  fixture.close();
});

function view(): RegistryView {
  const key = {
    ...{ id: 'pusher', name: 'pusher', owner: 'somebody', hash: hashKey(pusher), createdAt: '2026-01-01T00:00:00Z' },
    ...{ feeds: 'all' as const, packageGlobs: ['*'], expiresAt: null },
  };
  return RegistryView.of({
    ...EMPTY_SNAPSHOT,
    ...{ fleetId: 'fleet', number: 1 },
    feeds,
    keys: [{ ...key, scopes: ['push'] }],
  });
}

function upload(lengthBytes: number): Socket {
  const socket = connect(host.port, '127.0.0.1');
  socket.write(`PUT /F/Tools/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-NuGet-ApiKey: ${pusher}\r\n`);
  socket.write(`Content-Length: ${lengthBytes}\r\n\r\n`);
  return socket;
}

describe('an upload', () => {
  it('to a feed that is deleted meanwhile is 404, and leaves nothing', async () => {
    const content = buildPackage();
    await start(5_000);
    const socket = upload(content.length);
    const answer = text(socket);
    socket.write(content.subarray(0, 100));
    while (uploads.running === 0) await delay(5);
    feeds = [];
    socket.write(content.subarray(100));
    expect(await answer).toMatch(/^HTTP\/1\.1 404 [^]*FF_NO_SUCH_FEED/);
    expect(fixture.files()).toEqual([]);
  });

  it('may take longer than the deadline, as long as bytes flow', async () => {
    const content = buildPackage({ files: { 'a.bin': randomBytes(2000) } });
    // What comes after the last byte has this long, too, also on a machine that is busy.
    await start(1_000);
    const socket = upload(content.length);
    const answer = text(socket);
    const pieceBytes = Math.ceil(content.length / 10);
    for (let sent = 0; sent < content.length; sent += pieceBytes) {
      await delay(120);
      socket.write(content.subarray(sent, sent + pieceBytes));
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('that stops in the middle is refused with 408, leaves nothing and gives its place to the next', async () => {
    await start(50);
    const socket = upload(5000);
    socket.write(buildPackage().subarray(0, 200));
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
    expect([gate.running, uploads.running, fixture.files()]).toEqual([0, 0, []]);
  });

  it('holds no place to publish in while it trickles: others push meanwhile', async () => {
    const content = buildPackage();
    await start(5000);
    const slow = upload(5000);
    slow.write(content.subarray(0, 200));
    while (uploads.running === 0) await new Promise((resolve) => setImmediate(resolve));
    const quick = upload(content.length);
    quick.write(content);
    const answer = await text(quick);
    slow.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('that trickles is ended with 408 although bytes flow, and leaves nothing', async () => {
    await start(5000, 100_000);
    const socket = upload(5000);
    const content = buildPackage();
    let sent = 0;
    const trickle = setInterval(() => {
      if (sent < 100) socket.write(content.subarray(sent, (sent += 1)));
      else socket.destroy();
    }, 20);
    const answer = await text(socket).finally(() => clearInterval(trickle));
    expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*less than 100000 bytes per second/);
    expect([uploads.running, fixture.files()]).toEqual([0, []]);
  });
});
