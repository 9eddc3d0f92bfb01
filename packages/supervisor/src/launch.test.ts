import { describe, expect, it } from '@jest/globals';
import { fleetProcesses } from './fleet-process.ts';
import { assertSecrets } from './kept-secrets.ts';
import { launchOf } from './launch.ts';
import { loadSupervisorSettings } from './supervisor-settings.ts';

const PROCESSES = {
  push: { maxPackageBytes: 5000, maxConcurrentPushes: 3, retentionRestMs: 700 },
  v3: { maxConcurrentPushes: 2, cacheBytes: 0 },
};

const FOLDER = { root: '/data', logs: '/data/logs', secrets: '/data/secrets', snapshots: '/data/snapshots' };

function environmentOf(
  instance: string,
  more: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string | undefined>> {
  const process = fleetProcesses('/feedfleet/supervisor/main.js').find((each) => each.instance === instance);
  if (process === undefined) throw new Error(`no ${instance}`);
  const environment = { FEEDFLEET_PROCESSES: JSON.stringify(PROCESSES), ...more };
  const plan = {
    settings: loadSupervisorSettings(environment, '/nowhere'),
    ...{ originOfProcesses: 'FEEDFLEET_PROCESSES', folder: FOLDER, codeFolder: '/code' },
    ...{ operatorToken: 'token', fleetSecret: 'secret', leavesStatus: true, environment: {} },
  };
  const [registryUrl, balancerUrl] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];
  const ports = { registryUrl, balancerUrl, balancerOpsUrl: 'http://127.0.0.1:3' };
  return launchOf(process, { host: '127.0.0.1', port: 1, opsPort: undefined }, plan, ports).environment;
}

describe('the settings of push', () => {
  it('hold for pushes that other families take in its place, unless these have their own', () => {
    expect(environmentOf('default-1')).toMatchObject({
      FEEDFLEET_MAX_PACKAGE_BYTES: '5000',
      FEEDFLEET_MAX_CONCURRENT_PUSHES: '3',
    });
    expect(environmentOf('v3-1')).toMatchObject({
      FEEDFLEET_MAX_PACKAGE_BYTES: '5000',
      FEEDFLEET_MAX_CONCURRENT_PUSHES: '2',
      FEEDFLEET_CACHE_BYTES: '0',
    });
  });

  it("are nobody else's where they are about something else", () => {
    expect(environmentOf('push-1').FEEDFLEET_RETENTION_REST_MS).toBe('700');
    expect(environmentOf('default-1').FEEDFLEET_RETENTION_REST_MS).toBeUndefined();
    expect(environmentOf('balancer-1').FEEDFLEET_MAX_PACKAGE_BYTES).toBeUndefined();
  });

  it('are told by where they were written', () => {
    const told = JSON.stringify(environmentOf('default-1'));
    expect(told).toContain('processes.push.maxPackageBytes in FEEDFLEET_PROCESSES');
  });
});

describe('the status page', () => {
  it('watches the certificate of the storage, unless it is told which', () => {
    const storageUrl = 'https://packages.blob.example';
    const watched = (processes: object): string | undefined =>
      environmentOf('status-1', { FEEDFLEET_PROCESSES: JSON.stringify(processes) }).FEEDFLEET_STORAGE_URLS;
    expect(watched({ push: { storage: 'azure', storageContainer: 'packages', storageUrl } })).toBe(storageUrl);
    expect(watched({ push: { storageUrl }, status: { storageUrls: ['https://other.example'] } })).toBe(
      'https://other.example',
    );
    expect(watched({})).toBeUndefined();
  });

  it('knows where the balancer counts, and nothing that only the families share', () => {
    const environment = environmentOf('status-1');
    expect(environment).toMatchObject({
      FEEDFLEET_BALANCER_OPS_URLS: 'http://127.0.0.1:3',
      FEEDFLEET_BALANCER_URL: 'http://127.0.0.1:2',
    });
    expect(environment.FEEDFLEET_FLEET_SECRET).toBeUndefined();
  });

  it('alone goes on when its supervisor is killed, and knows where to log then', () => {
    expect(environmentOf('status-1').FEEDFLEET_ALONE_LOG_FILE).toBe('/data/logs/status-1.log');
    expect(environmentOf('balancer-1').FEEDFLEET_ALONE_LOG_FILE).toBeUndefined();
  });
});

describe('a machine that is a part of a fleet elsewhere', () => {
  it('has ids that begin with its name, and asks the registry of that fleet', () => {
    const joined = { FEEDFLEET_JOIN_REGISTRY: 'http://10.0.0.1:5556/', FEEDFLEET_MACHINE: 'two' };
    expect(environmentOf('default-1', joined)).toMatchObject({ FEEDFLEET_INSTANCE: 'two.default-1' });
    expect(environmentOf('balancer-1', joined)).toMatchObject({ FEEDFLEET_INSTANCE: 'two.balancer-1' });
  });

  it('has to have a name, and the secrets of that fleet', () => {
    expect(() => environmentOf('default-1', { FEEDFLEET_JOIN_REGISTRY: 'http://10.0.0.1:5556' })).toThrow(/machine: /);
    expect(() => assertSecrets('/nowhere')).toThrow(/operator.token and fleet.secret of that fleet in \/nowhere/);
  });
});
