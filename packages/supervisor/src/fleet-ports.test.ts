import { mkdtempSync, rmSync } from 'node:fs';
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
