/** v1 in a whole fleet: its URLs behind the balancer, writes with the key in the path, and who goes on without it. */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, FleetProcesses, portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { FeedClient, READ_FAMILIES, downloadPath } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

const ROOTS = ['/api/v1', '/api/v1/FeedService.svc', '/v1', '/v1/FeedService.svc'];
/** As another server's: nothing about it looks like a key of ours. */
const FOREIGN_KEY = '3f83baa9-accb-43ce-b6cc-995c511613aa';

let fleet: Fleet;
let feedUrl: string;
let key: string;
const answered: string[] = [];

async function send(method: string, target: string, body?: Buffer): Promise<Exchange> {
  const answer = await exchange(feedUrl + target, { method, ...(body === undefined ? {} : { body }) });
  answered.push(JSON.stringify(answer.headers), answer.reason, answer.text);
  return answer;
}

const upload = (secret: string, version: string, root = '/api/v1'): Promise<Exchange> =>
  send('POST', `${root}/PackageFiles/${secret}/nupkg`, buildPackage({ id: 'Elder', version }));
const publish = (secret: string, version: string, root = '/api/v1'): Promise<Exchange> =>
  send('POST', `${root}/PublishedPackages/Publish`, Buffer.from(JSON.stringify({ key: secret, id: 'Elder', version })));

beforeAll(async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'feedfleet-v1-'));
  fleet = await startFleet({ data, environment: { FEEDFLEET_LOG_LEVEL: 'debug' } });
  await fleet.registry.feeds.create({ name: 'Closed', visibility: 'private' });
  const scopes = ['read', 'push', 'unlist'] as const;
  key = (await fleet.registry.keys.create({ name: 'elder', feeds: ['Closed'], scopes: [...scopes] })).secret;
  feedUrl = `${fleet.url}/F/Closed`;
});
afterAll(async () => {
  await fleet.stop();
  rmSync(fleet.data, { recursive: true, force: true });
});

describe('v1', () => {
  it('takes pushes, publications and deletes with the key in the path, on each of its roots', async () => {
    for (const [index, root] of ROOTS.entries()) {
      const version = `1.${index}.0`;
      expect(await upload(key, version, root)).toMatchObject({ status: 201 });
      expect(await publish(key, version, root)).toMatchObject({ status: 200 });
      const listed = `/auth/${key}${root}/Packages()?$filter=IsLatestVersion`;
      expect((await exchange(feedUrl + listed)).text).toContain(`<d:Version>${version}</d:Version>`);
    }
    expect(await send('DELETE', `/v1/Packages/${key}/Elder/1.3.0`)).toMatchObject({ status: 200 });
    const { text } = await exchange(
      `${feedUrl}/auth/${key}/api/v1/Search()?$filter=IsLatestVersion&searchTerm='elder'`,
    );
    expect(text).toContain('<d:Version>1.2.0</d:Version>');
  });

  it('keeps a private feed private, and links of a pre-authenticated URL work as they are', async () => {
    for (const root of ROOTS) {
      for (const target of ['/$metadata', '/Packages()', "/FindPackagesById()?id='Elder'", '/package/Elder/1.0.0']) {
        expect(await exchange(feedUrl + root + target)).toMatchObject({ status: 401 });
        expect(await exchange(`${feedUrl}/auth/${key}${root}${target}`)).toMatchObject({ status: 200 });
      }
      const { text } = await exchange(`${feedUrl}/auth/${key}${root}/Packages(Id='Elder',Version='1.0.0')`);
      const source = /<content [^>]*src="([^"]+)"/.exec(text)?.[1] ?? '';
      expect(source).toBe(`${feedUrl}/auth/${key}${root}/package/Elder/1.0.0`);
      expect((await exchange(source)).body.equals(buildPackage({ id: 'Elder', version: '1.0.0' }))).toBe(true);
    }
  });

  it('is killed: the others go on, and it comes back', async () => {
    const processes = new FleetProcesses(fleet);
    const feed = new FeedClient(feedUrl, key);
    const killed = processes.signal('v1-1', 'SIGKILL');
    for (const family of READ_FAMILIES) {
      const download = downloadPath(family, { id: 'Elder', version: '1.0.0' });
      expect(await feed.send(download)).toMatchObject({ status: 200 });
    }
    expect(await upload(key, '2.0.0')).toMatchObject({ status: 201 });
    await processes.untilReplaced('v1-1', killed);
    await eventually({ what: 'v1 is back', limitMs: 20_000 }, async () => {
      const { status } = await feed.send('/api/v1/Packages()');
      return status === 200 || undefined;
    });
  });
});

describe('the key of a write', () => {
  it('is in no answer, metric, log or other file of the fleet', async () => {
    expect(await upload(FOREIGN_KEY, '3.0.0')).toMatchObject({ status: 403 });
    expect(await publish(FOREIGN_KEY, '1.0.0')).toMatchObject({ status: 403 });
    for (const target of [
      `/api/v1/Packages/${FOREIGN_KEY}/Elder/1.0.0`,
      `/v1/FeedService.svc/pack%61ges//${FOREIGN_KEY}/Elder/1.0.0`,
      `/Packages/${FOREIGN_KEY}/Elder/latest`,
      `/api/v2/PackageFiles/${FOREIGN_KEY}/nupkg`,
      `/api/v1/PackageFiles/${FOREIGN_KEY}/nupkg/more`,
      `/auth/${key}/api/v1/Packages/${FOREIGN_KEY}/Elder/1.0.0`,
      `/auth/${key}/Packages/${FOREIGN_KEY}/Elder/1.0.0`,
      `/auth/${key}/api/v2/v1/PackageFiles/${FOREIGN_KEY}/nupkg`,
    ]) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        // With a good key before it, some of these do what they say.
        expect((await send(method, target)).status).toBeLessThan(500);
      }
    }
    for (const port of Object.values(portsOf(fleet))) {
      const { text } = await exchange(`http://127.0.0.1:${port}/metrics`);
      answered.push(text);
    }
    expect(await fleet.stop()).toBe(0);
    const files = readdirSync(fleet.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holders = files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => [key, FOREIGN_KEY].some((secret) => readFileSync(file).includes(secret)));
    expect(holders).toEqual([]);
    const logs = readdirSync(path.join(fleet.data, 'logs')).map((name) =>
      readFileSync(path.join(fleet.data, 'logs', name), 'utf8'),
    );
    expect(logs.filter((text) => text.includes('[redacted]')).length).toBeGreaterThanOrEqual(2);
    for (const secret of [key, FOREIGN_KEY]) expect(answered.join('\n')).not.toContain(secret);
  });
});
