import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codeFolderOf } from './code-folder.ts';
import { openDataFolder } from './data-folder.ts';
import { FleetFile } from './fleet-file.ts';
import { takeFleetLock } from './fleet-lock.ts';
import { fleetSecret, operatorToken } from './kept-secrets.ts';
import { RotatingLog } from './rotating-log.ts';
import { loadSupervisorSettings } from './supervisor-settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-supervisor-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the data folder', () => {
  it('is made with its folders, for its owner only', () => {
    const data = openDataFolder(path.join(folder, 'new', 'data'));
    expect(statSync(data.secrets).mode & 0o777).toBe(0o700);
    expect(existsSync(path.join(data.root, 'store'))).toBe(true);
  });

  it('cannot lie below a file', () => {
    writeFileSync(path.join(folder, 'file'), '');
    const open = () => openDataFolder(path.join(folder, 'file', 'data'));
    expect(open).toThrow(expect.objectContaining({ code: 'FF_FOLDER_UNUSABLE' }));
    expect(open).toThrow(/file\/data is not a folder/);
  });

  it('cannot lie where no folders can be made', () => {
    const open = () => openDataFolder('/proc/feedfleet/data');
    expect(open).toThrow(expect.objectContaining({ code: 'FF_FOLDER_UNUSABLE' }));
  });
});

describe('the folder of compiled code', () => {
  it('is shared by all fleets of a clone', () => {
    const entry = path.join(folder, 'packages', 'supervisor', 'src', 'main.ts');
    mkdirSync(path.join(folder, 'node_modules'));
    expect(codeFolderOf(entry, '/data')).toBe(path.join(folder, 'node_modules', '.cache', 'feedfleet'));
  });

  it('lies in the data where the clone has no node_modules that can be written, and for deployables', () => {
    const data = path.join(folder, 'data');
    const own = path.join(data, 'cache', 'code');
    expect(codeFolderOf(path.join(folder, 'packages', 'supervisor', 'src', 'main.ts'), data)).toBe(own);
    expect(codeFolderOf('/dist/supervisor/main.js', data)).toBe(own);
  });
});

describe('the lock', () => {
  const module = new URL('./fleet-lock.ts', import.meta.url).href;
  const holder = () =>
    spawn(
      process.execPath,
      [
        ...['--disable-warning=ExperimentalWarning', '--input-type=module', '-e'],
        `import { takeFleetLock } from '${module}';
         globalThis.lock = takeFleetLock(${JSON.stringify(folder)}, process.pid);
         console.log('held');
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );

  it('is held against another process, which is told who has it, and is free once that is killed', async () => {
    const child = holder();
    await once(child.stdout, 'data');
    const take = () => takeFleetLock(folder, process.pid);
    expect(take).toThrow(expect.objectContaining({ code: 'FF_ALREADY_RUNNING' }));
    expect(take).toThrow(`is used by process ${child.pid ?? 0}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    take().release();
  });

  it('is no other fleet where its file is damaged or cannot be opened', () => {
    const take = () => takeFleetLock(folder, process.pid);
    writeFileSync(path.join(folder, 'fleet.lock'), 'not a database, and long enough to be read as one'.repeat(100));
    expect(take).toThrow(expect.objectContaining({ code: 'FF_FOLDER_UNUSABLE' }));
    rmSync(path.join(folder, 'fleet.lock'));
    mkdirSync(path.join(folder, 'fleet.lock'));
    expect(take).toThrow(expect.objectContaining({ code: 'FF_FOLDER_UNUSABLE' }));
  });

  it('can be taken again after its release', () => {
    takeFleetLock(folder, 1).release();
    takeFleetLock(folder, 2).release();
    expect(readFileSync(path.join(folder, 'fleet.pid'), 'utf8')).toBe('2\n');
  });
});

describe.each([
  ['the operator token', operatorToken, 'operator.token'],
  ['the fleet secret', fleetSecret, 'fleet.secret'],
])('%s', (_what, secretOf, name) => {
  it('is made once, for its owner only', () => {
    const secret = secretOf(folder);
    expect(secret).toMatch(/^ff_[\w-]{43}$/);
    expect(secretOf(folder)).toBe(secret);
    expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('is not taken from a damaged file', () => {
    writeFileSync(path.join(folder, name), 'x');
    expect(() => secretOf(folder)).toThrow(expect.objectContaining({ code: 'FF_CORRUPT' }));
  });
});

describe('secrets of a fleet', () => {
  it('are not the same', () => {
    expect(fleetSecret(folder)).not.toBe(operatorToken(folder));
  });
});

describe('the ports of a fleet', () => {
  it('are kept over restarts', () => {
    FleetFile.open(folder).keepPort('v2-1', 25_000);
    const file = FleetFile.open(folder);
    expect(file.portOf('v2-1')).toBe(25_000);
    expect([...file.portsOfOthers('v2-1')]).toEqual([]);
    expect([...file.portsOfOthers('v3-1')]).toEqual([25_000]);
  });

  it('are chosen anew when their file is damaged', () => {
    writeFileSync(path.join(folder, 'fleet.json'), '{"format":1,"ports":{"v2-1":"x"}}');
    expect(FleetFile.open(folder).portOf('v2-1')).toBeUndefined();
  });
});

describe('the log of a process', () => {
  it('stays small, keeps the part before, and remembers the last lines', () => {
    const file = path.join(folder, 'v2-1.log');
    const log = new RotatingLog({ file, maxBytes: 30, rememberedLines: 2 });
    for (const line of ['first line', 'second line', 'third line', 'fourth line']) log.write(`${line}\n`);
    log.close();
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('first line\nsecond line\n');
    expect(readFileSync(file, 'utf8')).toBe('third line\nfourth line\n');
    expect(log.lastLines).toEqual(['third line', 'fourth line']);
  });

  it('does not end the fleet when it cannot be written', () => {
    const log = new RotatingLog({ file: path.join(folder, 'absent', 'x.log') });
    log.write('still remembered\n');
    expect(log.lastLines).toEqual(['still remembered']);
  });
});

describe('the settings of a fleet', () => {
  it('come from feedfleet.json in the folder, if there is one, and the environment wins', () => {
    expect(loadSupervisorSettings({}, folder)).toMatchObject({ port: 5555, data: './data', firstFeed: 'main' });
    const file = { port: 6000, host: '0.0.0.0', processes: { balancer: { trustedProxies: ['10.0.0.0/8'] } } };
    writeFileSync(path.join(folder, 'feedfleet.json'), JSON.stringify(file));
    expect(loadSupervisorSettings({ FEEDFLEET_PORT: '7000' }, folder)).toMatchObject({ ...file, port: 7000 });
  });

  it('are refused when no process has their name, in the file as in the environment', () => {
    const processes = { v2: { cacheByts: 5 }, balancer: { drainMs: 5 } };
    writeFileSync(path.join(folder, 'feedfleet.json'), JSON.stringify({ processes }));
    const load = () => loadSupervisorSettings({ FEEDFLEET_TRUSTED_PROXYS: '10.0.0.1' }, folder);
    expect(load).toThrow(/FEEDFLEET_TRUSTED_PROXYS: .*processes\.v2\.cacheByts: .*processes\.balancer\.drainMs: /);
  });

  it('of the processes may stand in the environment, beside what the command line takes from there', () => {
    const environment = { FEEDFLEET_TRUSTED_PROXIES: '10.0.0.1', FEEDFLEET_API_KEY: 'x', FEEDFLEET_REGISTRY_URL: 'x' };
    expect(() => loadSupervisorSettings(environment, folder)).not.toThrow();
  });

  it('are refused when balancer and registry are to have one port', () => {
    const load = (environment: Record<string, string>) => loadSupervisorSettings(environment, folder);
    const refusal = 'registryPort: expected another port than the setting port gives to the balancer, got ';
    expect(() => load({ FEEDFLEET_PORT: '7000', FEEDFLEET_REGISTRY_PORT: '7000' })).toThrow(
      `${refusal}7000 (from FEEDFLEET_REGISTRY_PORT)`,
    );
    writeFileSync(path.join(folder, 'feedfleet.json'), '{"registryPort": 5555, "registryHost": "0.0.0.0"}');
    expect(() => load({})).toThrow(`${refusal}5555 (from ${folder}/feedfleet.json)`);
  });

  it.each([
    { FEEDFLEET_PORT: '7000' },
    { FEEDFLEET_PORT: '0', FEEDFLEET_REGISTRY_PORT: '0' },
    { FEEDFLEET_PORT: '7000', FEEDFLEET_REGISTRY_PORT: '7000', FEEDFLEET_HOST: '192.0.2.1' },
  ])('may be %j, where the ports do not clash', (environment) => {
    expect(() => loadSupervisorSettings(environment, folder)).not.toThrow();
  });

  it('come from the file that is named, which must exist', () => {
    const load = () => loadSupervisorSettings({ FEEDFLEET_SETTINGS_FILE: 'absent.json' }, folder);
    expect(load).toThrow(expect.objectContaining({ code: 'FF_INVALID_SETTINGS' }));
  });
});
