import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, elsewhere, KEY, type Ended } from './cli-fixture.ts';

let cli: CliFixture;
const feedfleet = (args: readonly string[]): Promise<Ended> => cli.run(args);
let server: Server;
let url: string;
let asked: string[];
let status: number;

beforeEach(async () => {
  cli = await CliFixture.open();
  [asked, status] = [[], 200];
  server = createServer((request, response) => {
    asked.push(`${String(request.method)} ${String(request.url)} ${String(request.headers['x-nuget-apikey'])}`);
    request.resume().on('end', () => response.writeHead(status, 'The reason').end());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cli.remove();
});

describe('feedfleet fleet status', () => {
  it('asks every instance, and fails when a family has none that is ready', async () => {
    cli.instanceUrl = url;
    const { code, out } = await feedfleet(['fleet', 'status', '--json', ...elsewhere]);
    expect(code).toBe(1);
    expect(asked).toEqual(['GET /health/ready undefined']);
    expect(JSON.parse(out)).toMatchObject({
      number: 9,
      balancer: null,
      families: [
        { id: 'v2', ready: 1, of: 1 },
        { id: 'v3', ready: 0, of: 0 },
      ],
      instances: [{ id: 'v2-1', ready: { outcome: 'ready', status: 200 } }],
      processes: [{ id: 'v2-1', number: 7, behind: 2 }],
    });
  });
});

describe('feedfleet fleet status without the registry', () => {
  it('shows what the data folder knows, and ends with 6', async () => {
    await cli.layDataFolder();
    const ports = { 'v2-1': Number(new URL(url).port), 'balancer-1.ops': 1 };
    const content = { registryUrl: 'http://127.0.0.1:1', balancerUrl: url, ports };
    await writeFile(path.join(cli.folder, 'data', 'fleet.json'), JSON.stringify(content));
    cli.failure = new ProblemError('registryUnavailable');
    const { code, out } = await feedfleet(['fleet', 'status', '--json']);
    expect(code).toBe(6);
    expect(JSON.parse(out)).toMatchObject({
      registry: 'silent',
      number: null,
      balancer: { url, outcome: 'ready' },
      instances: [{ id: 'v2-1', ready: { outcome: 'ready' } }],
    });
  });
});

describe('feedfleet push', () => {
  it('sends packages to the address of the feed', async () => {
    await writeFile(path.join(cli.folder, 'a.nupkg'), 'a');
    const { code, out } = await feedfleet(['push', '*.nupkg', '--url', `${url}/F/acme`, '--key', KEY, '--json']);
    expect(code).toBe(0);
    expect(asked).toEqual([`PUT /F/acme ${KEY}`]);
    expect(JSON.parse(out)).toEqual({
      target: `${url}/F/acme`,
      counts: { pushed: 1, exists: 0, resumed: 0, failed: 0, notTried: 0 },
      pushedBytes: 1,
      packages: [{ path: 'a.nupkg', sizeBytes: 1, outcome: 'pushed', attempts: 1, failure: null }],
    });
  });

  it.each([
    [400, 1],
    [403, 3],
    [404, 4],
    [409, 5],
    [503, 6],
  ])('ends, after the answer %i, with %i and the reason', async (answer, expected) => {
    status = answer;
    await writeFile(path.join(cli.folder, 'a.nupkg'), 'a');
    const { code, err, out } = await feedfleet(['push', 'a.nupkg', '--url', `${url}/F/acme/auth/${KEY}/`]);
    expect(code).toBe(expected);
    expect(err).toContain('The reason');
    expect(err).toContain('FF_PUSH_INCOMPLETE');
    expect(out + err).not.toContain(KEY);
  });

  it('asks for a key before it sends anything', async () => {
    await writeFile(path.join(cli.folder, 'a.nupkg'), 'a');
    expect((await feedfleet(['push', 'a.nupkg', '--url', `${url}/F/acme`])).code).toBe(3);
    expect(asked).toEqual([]);
  });

  it.each([
    [['nothing.nupkg', '--url', 'http://127.0.0.1:1/F/acme', '--key', KEY]],
    [['a.nupkg', '--key', KEY]],
    [['a.nupkg', '--feed', 'acme', '--url', 'http://127.0.0.1:1/F/acme', '--key', KEY]],
    [['a.nupkg', '--feed', '', '--key', KEY]],
    [['a.nupkg', '--feed', 'acme', ...elsewhere]],
    [['a.nupkg', '--url', 'ftp://h/F/acme', '--key', KEY]],
    [['a.nupkg', '--url', 'http://127.0.0.1:1/F/acme', '--key', KEY, '--concurrency', '0']],
  ])('refuses %j', async (args) => {
    await writeFile(path.join(cli.folder, 'a.nupkg'), 'a');
    expect((await feedfleet(['push', ...args])).code).toBe(2);
  });
});
