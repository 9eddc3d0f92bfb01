/** The process as it is started: settings from the environment, a registry that comes and goes, signals. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cleanup, startHttpUpstream, within } from './conformance/sockets.ts';
import { startEndpoint, viewOf } from './fake-fleet.ts';

const START_MS = 20_000;

let cleanup: Cleanup;
let dataFolder: string;
beforeEach(() => {
  cleanup = new Cleanup();
  dataFolder = mkdtempSync(path.join(tmpdir(), 'feedfleet-balancer-'));
  cleanup.add(() => rmSync(dataFolder, { recursive: true, force: true }));
});
afterEach(() => cleanup.run());

const accessLog = (): string => path.join(dataFolder, 'logs', 'balancer-1.access.log');

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly stderr: () => string;
}

function launch(registryPort: number): ChildProcess {
  const child = fork(path.join(import.meta.dirname, 'main.ts'), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    env: {
      FEEDFLEET_INSTANCE: 'balancer-1',
      FEEDFLEET_LISTEN_PORT: '0',
      FEEDFLEET_DATA_FOLDER: dataFolder,
      FEEDFLEET_REGISTRY_URL: `http://127.0.0.1:${registryPort}`,
      FEEDFLEET_REGISTRY_TOKEN: 'token',
      FEEDFLEET_DRAIN_DELAY_MS: '0',
    },
  });
  cleanup.add(() => void child.kill('SIGKILL'));
  return child;
}

async function start(registryPort: number): Promise<Started> {
  const child = launch(registryPort);
  child.stdout?.resume();
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [message] = (await within(once(child, 'message'), 'ready', START_MS)) as [{ type: string; url: string }];
  expect(message.type).toBe('ready');
  return { child, url: message.url, stderr: () => stderr };
}

async function stop({ child }: Pick<Started, 'child'>): Promise<number | null> {
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill('SIGTERM');
  return (await within(exited, 'the end of the process', START_MS))[0];
}

async function startRegistry(snapshot: object): Promise<{ readonly port: number; readonly server: Server }> {
  return startHttpUpstream(cleanup, (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url?.startsWith('/api/snapshot') === true) response.end(JSON.stringify(snapshot));
    else if (request.url?.startsWith('/api/changes') !== true) response.end('{}');
  });
}

describe('the balancer process', () => {
  it('serves, drains on SIGTERM, and starts again without the registry from its last snapshot', async () => {
    const { instance } = await startEndpoint(cleanup, { id: 'v3-1', family: 'v3' });
    const registry = await startRegistry(viewOf([instance]).toSnapshot());
    const first = await start(registry.port);
    const index = '/F/a/api/v3/index.json';
    expect((await fetch(first.url + index)).status).toBe(200);
    expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${first.url}/metrics`)).status).toBe(404);
    const tooMuch = { headers: { 'x-much': 'x'.repeat(20_000) } };
    expect((await fetch(first.url + index, tooMuch)).status).toBe(431);
    expect(await stop(first)).toBe(0);
    expect(first.stderr()).toBe('');
    const ends = readFileSync(accessLog(), 'utf8').trim().split('\n');
    expect(ends.map((line) => (JSON.parse(line) as { end: string }).end)).toEqual([
      'complete',
      'not_found',
      'headers_too_large',
    ]);

    registry.server.close();
    registry.server.closeAllConnections();
    const second = await start(registry.port);
    const answer = await fetch(second.url + index);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ id: 'v3-1' });
    expect((await fetch(`${second.url}/health/ready`)).status).toBe(200);
    expect(await stop(second)).toBe(0);
  });

  it('ends with 0 on SIGTERM also while it waits for its first snapshot', async () => {
    const child = launch(1);
    const listening = new Promise<void>((resolve) => {
      child.stdout?.on('data', (text: Buffer) => {
        if (text.includes('operations listener')) resolve();
      });
    });
    await within(listening, 'listening', START_MS);
    expect(await stop({ child })).toBe(0);
  });
});
