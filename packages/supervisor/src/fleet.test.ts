import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDataFolder } from './data-folder.ts';
import { FleetFile } from './fleet-file.ts';
import { FleetPorts } from './fleet-ports.ts';
import { FAMILIES, fleetProcesses } from './fleet-process.ts';
import type { InstanceCounts, ProcessName } from './fleet-process.ts';
import { Fleet } from './fleet.ts';
import { StartedProcesses } from './left-behind.ts';
import { StandingBack } from './standing-back.ts';
import { loadSupervisorSettings } from './supervisor-settings.ts';

/** A process as the supervisor sees one: says when it listens, answers health, ends when it is told to. */
const SAMPLE = `
  import { createServer } from 'node:http';
  import { appendFileSync } from 'node:fs';
  const { FEEDFLEET_INSTANCE: instance, FEEDFLEET_LISTEN_HOST: host, FEEDFLEET_LISTEN_PORT: port, FEEDFLEET_DATA_FOLDER: data } = process.env;
  const tell = (what) => appendFileSync(data + '/events', what + ' ' + instance + ' ' + process.pid + '\\n');
  console.log('starting');
  const server = createServer((request, response) => response.end(String(process.pid)));
  server.listen(Number(port), host, () => {
    tell('up');
    process.send({ type: 'ready', url: 'http://' + host + ':' + port });
  });
  const end = () => { tell('down'); process.exit(0); };
  process.on('message', ({ type }) => type === 'drain' && end());
  process.on('SIGUSR2', () => process.send({ type: 'restarting' }, end));
  process.on('disconnect', end);
`;

let folder: string;
let fleet: Fleet;
const told: string[] = [];
let cameBack = Promise.withResolvers<string>();

const makeFleet = (
  broken: Partial<Record<ProcessName, string>> = {},
  counts: InstanceCounts = {},
  standingBack?: StandingBack,
) => {
  const entry = path.join(folder, 'sample.mjs');
  writeFileSync(entry, SAMPLE);
  const settings = loadSupervisorSettings({ FEEDFLEET_PORT: '0', FEEDFLEET_DRAIN_MS: '2000' }, folder);
  const data = openDataFolder(path.join(folder, 'data'));
  const ports = new FleetPorts({ settings, file: FleetFile.open(data.root), random: Math.random });
  const processes = fleetProcesses('/x/supervisor/main.js', counts).map((each) => {
    const source = broken[each.name];
    if (source === undefined) return { ...each, entry };
    const own = path.join(folder, `${each.name}.mjs`);
    writeFileSync(own, source);
    return { ...each, entry: own };
  });
  return new Fleet({
    plan: {
      settings,
      originOfProcesses: 'feedfleet.json',
      folder: data,
      codeFolder: path.join(folder, 'code'),
      operatorToken: 'token',
      fleetSecret: 'secret-of-the-fleet-for-the-tests',
      leavesStatus: false,
      environment: process.env,
    },
    processes,
    ports,
    started: StartedProcesses.open(data.root),
    progress: {
      ready: (name) => told.push(`ready ${name}`),
      failed: (name, { message }, lines) => told.push(`failed ${name}: ${message} ${lines.join('|')}`),
      standsBack: (name, standsBack) => told.push(`${name} ${standsBack ? 'stands back' : 'is calm'}`),
      restarts: (name) => told.push(`restarts ${name}`),
      back: (name) => cameBack.resolve(name),
      note: (sentence) => told.push(sentence),
    },
    standingBack,
    now: () => performance.now(),
    random: Math.random,
  });
};

const events = () =>
  readFileSync(path.join(folder, 'data', 'events'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
const portOf = (instance: string) => FleetFile.open(path.join(folder, 'data')).portOf(instance);
/** Of the newest run of an instance. */
const processOf = (instance: string): number =>
  Number(events().findLast(([what, name]) => what === 'up' && name === instance)?.[2]);
const signal = new AbortController().signal;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-fleet-'));
  told.length = 0;
  cameBack = Promise.withResolvers<string>();
});
afterEach(async () => {
  await fleet.drain();
  rmSync(folder, { recursive: true });
});

describe('a fleet', () => {
  it('starts the registry first and the balancer last, and drains the other way', async () => {
    fleet = makeFleet();
    const started = await fleet.start(signal);
    expect(started).toEqual({ down: [] });
    await fleet.drain();
    const order = events().flatMap(([what = '', instance = '']) =>
      instance === 'status-1' ? [] : [`${what} ${instance}`],
    );
    const processes = FAMILIES.length + 2;
    expect(order).toHaveLength(2 * processes);
    expect([order[0], order[processes - 1], order[processes], order.at(-1)]).toEqual([
      'up registry-1',
      'up balancer-1',
      'down balancer-1',
      'down registry-1',
    ]);
  });

  it('has a status page that is ended last', async () => {
    fleet = makeFleet();
    await fleet.start(signal);
    await fleet.drain();
    expect(
      events()
        .map(([what, instance]) => `${what ?? ''} ${instance ?? ''}`)
        .at(-1),
    ).toBe('down status-1');
  });

  it.each([
    ['cannot start', `process.exit(1);`],
    [
      'has broken settings',
      `process.send({ type: 'failed', code: 'FF_INVALID_SETTINGS', message: 'no' }, () => process.exit(78));`,
    ],
    [
      'never says that it is ready',
      `setInterval(() => undefined, 1000); process.on('disconnect', () => process.exit());`,
    ],
  ])('starts without its status page when that %s', async (_how, source) => {
    fleet = makeFleet({ status: source });
    await fleet.start(signal);
    expect(
      events()
        .filter(([what]) => what === 'up')
        .map(([, instance]) => instance),
    ).toContain('balancer-1');
    fleet.kill();
  });

  it('watches its families for how long they run, where busy ones are to stand back', async () => {
    const looked = Promise.withResolvers<undefined>();
    const seen = new Set<number>();
    const ranMs = (id: number): number => {
      seen.add(id);
      if (seen.size === FAMILIES.length) looked.resolve(undefined);
      return 0;
    };
    const scheduling = { ranMs, setNice: () => true };
    const standingBack = new StandingBack({ scheduling, now: () => performance.now(), tell: () => undefined });
    fleet = makeFleet({}, {}, standingBack);
    await fleet.start(signal);
    await looked.promise;
    standingBack.close();
    expect([...seen].toSorted()).toEqual(FAMILIES.map((name) => processOf(`${name}-1`)).toSorted());
  });

  it('starts a process again that was killed, on the same port', async () => {
    fleet = makeFleet();
    await fleet.start(signal);
    const port = portOf('v2-1');
    const before = processOf('v2-1');
    process.kill(before, 'SIGKILL');
    expect(await cameBack.promise).toBe('v2');
    const after = await (await fetch(`http://127.0.0.1:${port ?? 0}`)).text();
    expect(after).toBe(String(processOf('v2-1')));
    expect(after).not.toBe(String(before));
  });

  it('runs as many instances of a family as it was told to, each on a port and with a log of its own', async () => {
    fleet = makeFleet({}, { v3: 3 });
    await fleet.start(signal);
    const names = ['v3-1', 'v3-2', 'v3-3'];
    expect(
      events()
        .flatMap(([, instance = '']) => (instance.startsWith('v3') ? [instance] : []))
        .sort(),
    ).toEqual(names);
    expect(told.filter((line) => line.startsWith('ready v3')).sort()).toEqual(names.map((name) => `ready ${name}`));
    expect(new Set(names.map(portOf)).size).toBe(3);
    expect(readdirSync(path.join(folder, 'data', 'logs'))).toEqual(
      expect.arrayContaining(names.map((name) => `${name}.log`)),
    );
  });

  it('starts a process anew at once that was asked to end for that, and calls it no failure', async () => {
    fleet = makeFleet({}, { v3: 2 });
    await fleet.start(signal);
    const [before, port, other] = [processOf('v3-2'), portOf('v3-2'), processOf('v3-1')];
    process.kill(before, 'SIGUSR2');
    expect(await cameBack.promise).toBe('v3-2');
    expect(processOf('v3-2')).not.toBe(before);
    expect([portOf('v3-2'), processOf('v3-1')]).toEqual([port, other]);
    expect(told).toContain('restarts v3-2');
    expect(told.filter((line) => line.startsWith('failed'))).toEqual([]);
  });

  it('goes on without a family that does not start, and says why', async () => {
    fleet = makeFleet({ v3: `console.error('no disk'); process.exit(1);` });
    const { down } = await fleet.start(signal);
    expect(down).toEqual([expect.objectContaining({ name: 'v3' })]);
    expect(told.find((line) => line.startsWith('failed v3'))).toContain('no disk');
  });

  it('does not start with broken settings of a family', async () => {
    fleet = makeFleet({ v3: `process.exit(78)` });
    await expect(fleet.start(signal)).rejects.toMatchObject({ code: 'FF_INVALID_SETTINGS' });
  });

  it('tells the broken settings of all families once, under one title', async () => {
    const broken = (what: string) =>
      `process.send({ type: 'failed', code: 'FF_INVALID_SETTINGS', message: 'Invalid settings: ${what}' }, () => process.exit(78));`;
    fleet = makeFleet({ v2: broken('a: expected b'), v3: broken('c: expected d') });
    await expect(fleet.start(signal)).rejects.toMatchObject({
      code: 'FF_INVALID_SETTINGS',
      detail: expect.stringMatching(/^v2: a: expected b \(its log is .*\); v3: c: expected d \(its log is .*\)$/),
    });
    expect(told.filter((line) => line.startsWith('failed'))).toEqual([]);
  });

  it('does not start without a registry as long as there are no snapshots', async () => {
    fleet = makeFleet({ registry: `process.exit(1)` });
    await expect(fleet.start(signal)).rejects.toMatchObject({ code: 'FF_START_FAILED' });
  });

  it('starts without the registry from its snapshots', async () => {
    fleet = makeFleet({ registry: `process.exit(1)` });
    writeFileSync(path.join(folder, 'data', 'snapshots', 'balancer.json'), '{}');
    const { down } = await fleet.start(signal);
    expect(down).toEqual([expect.objectContaining({ name: 'registry' })]);
  });

  it('does not start without the balancer', async () => {
    fleet = makeFleet({
      balancer: `process.send({ type: 'failed', code: 'FF_PORT_TAKEN', message: 'taken' }, () => process.exit(1));`,
    });
    await expect(fleet.start(signal)).rejects.toMatchObject({ code: 'FF_PORT_TAKEN' });
  });
});
