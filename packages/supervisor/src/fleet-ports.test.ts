import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FleetFile } from './fleet-file.ts';
import { FleetPorts } from './fleet-ports.ts';
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
