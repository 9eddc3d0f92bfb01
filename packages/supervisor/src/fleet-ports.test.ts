import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FleetFile } from './fleet-file.ts';
import { FleetPorts } from './fleet-ports.ts';
import { fleetProcesses } from './fleet-process.ts';
import { loadSupervisorSettings } from './supervisor-settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-ports-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Of a network that is kept for documentation (RFC 5737), so no machine has it. */
const FOREIGN = '192.0.2.1';

const prepare = (environment: Record<string, string>) => {
  const settings = loadSupervisorSettings(environment, folder);
  const ports = new FleetPorts({ settings, file: FleetFile.open(folder), random: Math.random });
  return ports.prepare(new AbortController().signal);
};

describe('an address that the machine does not have', () => {
  it.each([
    ['FEEDFLEET_HOST', 'host', '0'],
    ['FEEDFLEET_REGISTRY_HOST', 'registryHost', '0'],
    ['FEEDFLEET_REGISTRY_HOST', 'registryHost', '21999'],
  ])('in %s is told with that setting', async (name, key, registryPort) => {
    const prepared = prepare({ FEEDFLEET_PORT: '0', FEEDFLEET_REGISTRY_PORT: registryPort, [name]: FOREIGN });
    await expect(prepared).rejects.toMatchObject({
      code: 'FF_INVALID_SETTINGS',
      message: expect.stringContaining(`${key}: expected an address of this machine`),
    });
  });
});

describe('a port that the fleet chose and kept', () => {
  it.each([['balancer-1'], ['registry-1']])('is another one when that of %s is taken', async (instance) => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    try {
      FleetFile.open(folder).keepPort(instance, port);
      await prepare({ FEEDFLEET_PORT: '0' });
      const chosen = FleetFile.open(folder).portOf(instance);
      expect(chosen).toEqual(expect.any(Number));
      expect(chosen).not.toBe(port);
      await prepare({ FEEDFLEET_PORT: '0' });
      expect(FleetFile.open(folder).portOf(instance)).toBe(chosen);
    } finally {
      stranger.close();
    }
  });
});

describe('the port of the status page', () => {
  const claimed = async (environment: Record<string, string>): Promise<number> => {
    const settings = loadSupervisorSettings({ FEEDFLEET_PORT: '0', ...environment }, folder);
    const ports = new FleetPorts({ settings, file: FleetFile.open(folder), random: Math.random });
    const [status] = fleetProcesses('/x/supervisor/main.js');
    if (status?.name !== 'status') throw new Error('the status page is not the first process');
    const { port, opsPort } = await ports.claim(status, new AbortController().signal);
    expect(opsPort).toEqual(expect.any(Number));
    expect(opsPort).not.toBe(port);
    expect(ports.statusUrl).toBe(`http://127.0.0.1:${port}`);
    return port;
  };

  it('is the one after the registry, is kept, and is another one when that is taken', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port: taken } = stranger.address() as AddressInfo;
    const registry = { FEEDFLEET_REGISTRY_PORT: String(taken - 1) };
    const other = await claimed(registry);
    expect(other).not.toBe(taken);
    stranger.close();
    await once(stranger, 'close');
    expect(await claimed(registry)).toBe(other);
    rmSync(path.join(folder, 'fleet.json'));
    expect(await claimed(registry)).toBe(taken);
  });

  it('is the one that was asked for, whether or not it is free', async () => {
    expect(await claimed({ FEEDFLEET_STATUS_PORT: '21998' })).toBe(21_998);
  });
});
