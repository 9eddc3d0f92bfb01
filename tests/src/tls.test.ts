/** HTTPS without another proxy: clients of HTTP/2, and certificates that are renewed under them. */
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';

import { makeCertificate } from '@feedfleet/test-certificates';
import type { Issuer } from '@feedfleet/test-certificates';
import { eventually, freePort, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { describeWith } from './support/component.ts';
import { Dotnet } from './support/dotnet.ts';
import { exchange } from './support/exchange.ts';
import { buildPackage } from './support/package-builder.ts';

const dates = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) };
const authority = makeCertificate({ ...dates, commonName: 'Tests' });

let fleet: Fleet;
let folder: string;
let port: number;

/** As a client that renews certificates does it. */
async function renew(commonName: string, issuer: Issuer = authority): Promise<void> {
  const { certificate, key } = makeCertificate({ ...dates, commonName, addresses: ['127.0.0.1'], issuer });
  for (const [end, text] of Object.entries({ key, crt: certificate })) {
    const file = path.join(folder, 'tls', `default.${end}`);
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
}

async function served(): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, ca: authority.certificate });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

async function get(
  session: ClientHttp2Session,
  url: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const stream = session.request({ ':path': url });
  let body = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
  const [headers] = (await once(stream, 'response')) as [{ readonly ':status': number }];
  if (!stream.readableEnded) await once(stream, 'end');
  return { status: headers[':status'], body };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-tls-'));
  await mkdir(path.join(folder, 'tls'));
  await renew('first');
  port = await freePort();
  const environment = { FEEDFLEET_TLS_PORT: String(port), FEEDFLEET_TLS_FOLDER: path.join(folder, 'tls') };
  fleet = await startFleet({ environment });
  await fleet.registry.feeds.create({ name: 'team', visibility: 'public' });
  const push = {
    method: 'PUT',
    headers: { 'x-nuget-apikey': fleet.adminKey },
    body: buildPackage({ id: 'A', version: '1.0.0' }),
  };
  expect(await exchange(`${fleet.url}/F/team/api/v2/package`, push)).toMatchObject({ status: 201 });
});

afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a fleet with certificates', () => {
  it('is reached by HTTP/2 under the name that the client used, and keeps serving while its certificate is renewed', async () => {
    const session = connect(`https://127.0.0.1:${port}`, { ca: authority.certificate });
    const index = await get(session, '/F/team/api/v3/index.json');
    expect(index.status).toBe(200);
    expect(index.body).toContain(`"https://127.0.0.1:${port}/F/team/api/v3/flat/"`);
    const renewed = new AbortController();
    const statuses: number[] = [];
    const reading = (async () => {
      while (!renewed.signal.aborted)
        statuses.push((await get(session, "/F/team/api/v2/FindPackagesById()?id='A'")).status);
    })();
    await renew('second');
    await eventually({ what: 'the new certificate is served', limitMs: 15_000 }, async () =>
      (await served()) === 'second' ? true : undefined,
    );
    renewed.abort();
    await reading;
    expect(new Set(statuses)).toEqual(new Set([200]));
    session.destroy();
  });
});

describeWith(['dotnet'], 'dotnet, over HTTPS', () => {
  it('restores from a fleet whose authority it trusts', async () => {
    const file = path.join(folder, 'authority.pem');
    await writeFile(file, authority.certificate);
    const client = new Dotnet({ SSL_CERT_FILE: file });
    try {
      client.configure({ feed: { url: `https://127.0.0.1:${port}/F/team/api/v3/index.json` } });
      client.project('user', { id: 'User', version: '1.0.0', references: { A: '1.0.0' } });
      expect(await client.dotnet(['restore', 'user'])).toMatchObject({ code: 0 });
      expect(client.restored('user')).toEqual(['A/1.0.0']);
    } finally {
      client.remove();
    }
  });
});
