import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { buildPackage } from '../../../../tests/src/support/package-builder.ts';
import { CliFixture, errorOf, KEY, type Ended } from '../cli-fixture.ts';

let fixture: CliFixture;
let server: Server;
let url: string;
/** By path, what the server says. */
let answers: Record<string, object | Buffer>;

const content = buildPackage({ id: 'A', version: '1.0.0' });
const committed = '2026-01-01T00:00:00.0000001Z';

/** A feed of one version, whose name and leaf may lie. */
function layFeed(lies: { readonly id?: string; readonly leaf?: object; readonly content?: Buffer } = {}): void {
  const id = lies.id ?? 'A';
  const resource = (type: string, below: string) => ({ '@type': type, '@id': url + below });
  const item = { '@type': 'nuget:PackageDetails', 'nuget:id': id, 'nuget:version': '1.0.0' };
  answers = {
    '/api/v3/index.json': {
      resources: [resource('Catalog/3.0.0', '/catalog'), resource('PackageBaseAddress/3.0.0', '/flat')],
    },
    '/catalog': { items: [{ '@id': `${url}/page`, commitTimeStamp: committed }] },
    '/page': { items: [{ ...item, '@id': `${url}/leaf`, commitTimeStamp: committed }] },
    '/leaf': {
      ...{ id, version: '1.0.0', packageHashAlgorithm: 'SHA512', packageSize: content.length },
      packageHash: createHash('sha512').update(content).digest('base64'),
      ...lies.leaf,
    },
    '/flat/a/1.0.0/a.1.0.0.nupkg': lies.content ?? content,
  };
}

beforeEach(async () => {
  fixture = await CliFixture.open();
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await fixture.remove();
});

const exported = (): Promise<Ended> => fixture.run(['export', '--url', url, '--key', KEY, '--to', 'out', '--json']);
const files = (): readonly string[] =>
  readdirSync(fixture.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(fixture.folder, path.join(entry.parentPath, entry.name)));

describe('the export of a feed that lies', () => {
  it('fetches what is as it was told', async () => {
    layFeed();
    expect(await exported()).toMatchObject({ code: 0, err: '' });
    expect(files()).toContain(path.join('out', 'a', '1.0.0', 'a.1.0.0.nupkg'));
  });

  it.each(['../../evil', 'a/../../b', '..', 'C:\\evil', ''])('takes no file name from the id %j', async (id) => {
    layFeed({ id });
    const ended = await exported();
    expect(ended.code).toBe(6);
    expect(errorOf(ended).detail).toContain('which is no package');
    expect(files()).toEqual([path.join('out', 'feedfleet-export.json')]);
    expect(existsSync(path.join(fixture.folder, '..', 'evil'))).toBe(false);
  });

  it.each([
    ['more bytes than it told', { content: Buffer.concat([content, Buffer.alloc(100_000)]) }],
    ['fewer bytes than it told', { content: content.subarray(0, 100) }],
    ['another content', { content: Buffer.alloc(content.length) }],
    ['the entry of another package', { leaf: { id: 'B' } }],
  ])('keeps nothing of a package when it sends %s, and does not move on', async (_, lies) => {
    layFeed(lies);
    const ended = await exported();
    expect(ended.code).toBe(6);
    expect(JSON.parse(ended.out)).toMatchObject({ versions: 0, counts: { fetched: 0, failed: 1 } });
    expect(files()).toEqual([path.join('out', 'feedfleet-export.json')]);
    layFeed();
    expect(await exported()).toMatchObject({ code: 0 });
  });
});
