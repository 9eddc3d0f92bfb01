import { createServer as createPlainServer } from 'node:http';
import type { Server as PlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import { makeCertificate } from '@feedfleet/test-certificates';
import request from 'supertest';

import { openStatusUnderTest } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { certificatesPart } from './certificates-part.ts';

const DAY_MS = 24 * 3_600_000;
let server: Server | undefined;
let registry: PlainServer | undefined;
let asked: string | undefined;
let status: StatusUnderTest | undefined;

afterEach(async () => {
  await status?.dispose();
  server?.closeAllConnections();
  server?.close();
  registry?.close();
  registry = undefined;
});

async function serve(validDays: number): Promise<number> {
  const notBefore = new Date(Date.now() - 90 * DAY_MS);
  const notAfter = new Date(Date.now() + validDays * DAY_MS);
  const { certificate: cert, key } = makeCertificate({
    commonName: 'packages',
    names: ['localhost'],
    notBefore,
    notAfter,
  });
  const note = (name: string, done: (error: null) => void): void => {
    asked = name;
    done(null);
  };
  server = createServer({ cert, key, SNICallback: note }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

async function servedAs(validDays: number): Promise<unknown> {
  return seenWith({ certificateUrls: [`https://127.0.0.1:${await serve(validDays)}`] });
}

/** A registry that knows package sources at these hosts. */
async function registryWith(hosts: readonly object[]): Promise<string> {
  registry = createPlainServer((request, response) => {
    const isAsked = request.url === '/api/source-hosts';
    response.writeHead(isAsked ? 200 : 404, { 'content-type': 'application/json', connection: 'close' });
    response.end(isAsked ? JSON.stringify({ hosts, left: 0 }) : '{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => registry?.once('listening', resolve));
  return `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
}

async function seenWith(settings: Readonly<Record<string, unknown>>): Promise<unknown> {
  status = await openStatusUnderTest({ parts: [certificatesPart], settings });
  for (;;) {
    const [seen] = status.context().current().certificates;
    if (seen !== undefined) return { ...seen, days: Math.round((Date.parse(seen.validTo) - Date.now()) / DAY_MS) };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a certificate that is served', () => {
  it('is told with its days', async () => {
    expect(await servedAs(30)).toMatchObject({
      days: 30,
      subject: 'packages',
      problem: expect.stringContaining('do not trust it'),
    });
  });

  it('is known after a restart, also when it is not served then', async () => {
    await servedAs(30);
    const before = status?.context().current().certificates;
    server?.closeAllConnections();
    server?.close();
    await status?.restart();
    expect(status?.context().current().certificates).toEqual(before);
  });

  it('is of a package source no more when there is no registry to tell which there are, nor what was not seen for a week', async () => {
    const port = await serve(30);
    await seenWith({ certificateUrls: [`https://127.0.0.1:${port}`] });
    const [own] = status?.context().current().certificates ?? [];
    if (own === undefined) throw new Error('expected a certificate');
    const keep = (value: object, where: string): void => {
      const insert = 'INSERT OR REPLACE INTO certificate_seen VALUES (?, ?)';
      status?.context().database.run(insert, where, JSON.stringify({ ...value, where }));
    };
    server?.closeAllConnections();
    server?.close();
    keep(own, 'source: sources.example:443');
    await status?.restart();
    expect(status?.context().current().certificates).toEqual([own]);
    keep({ ...own, seenAt: new Date(Date.now() - 8 * DAY_MS).toISOString() }, own.where);
    await status?.restart();
    expect(status?.context().current().certificates).toEqual([]);
  });

  it('is told to have expired', async () => {
    expect(await servedAs(-2)).toMatchObject({ days: -2, problem: 'it has expired' });
  });
});

describe('the place of a certificate', () => {
  it('is for operators alone where it is no host of the public URLs, and is asked for the name that clients know', async () => {
    const port = await serve(30);
    // No loopback by its looks, as the address of another machine.
    const seen = await seenWith({ certificateUrls: [`https://0.0.0.0:${port}`] });
    expect(seen).toMatchObject({ where: `instance: 0.0.0.0:${port}` });
    expect(asked).toBe('packages.example');
  });

  it('is asked for the name that stands behind it in the settings', async () => {
    const port = await serve(30);
    const seen = await seenWith({ certificateUrls: [`https://127.0.0.1:${port}#localhost`] });
    expect(seen).toMatchObject({ where: `instance: port ${port} of this machine as localhost` });
    expect(asked).toBe('localhost');
  });

  it('is a storage, for operators alone', async () => {
    const port = await serve(30);
    const seen = await seenWith({ storageUrls: ['http://127.0.0.1:1', `https://localhost:${port}/container`] });
    expect(seen).toMatchObject({ where: `storage: localhost:${port}` });
    expect((await request(status?.url() ?? '').get('/api/status')).text).not.toContain('storage:');
  });

  it('is a package source of any feed, for operators alone, and only where that may be', async () => {
    const port = await serve(30);
    const hosts = [
      { host: '127.0.0.1', port, allowPrivateAddresses: false },
      { host: 'localhost', port, allowPrivateAddresses: true },
    ];
    const seen = await seenWith({ registryUrl: await registryWith(hosts) });
    expect(seen).toMatchObject({ where: `source: localhost:${port}` });
    expect(status?.context().current().certificates).toHaveLength(1);
    expect(status?.logged()).toContain('it leads to a loopback address');
    expect((await request(status?.url() ?? '').get('/api/status')).text).not.toContain('source:');
  });

  it('is for everybody where it is the host of the public URL', async () => {
    const port = await serve(30);
    const seen = await seenWith({ publicUrl: `https://localhost:${port}` });
    expect(seen).toMatchObject({ where: `localhost:${port}` });
  });
});
