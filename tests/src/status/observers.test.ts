/** Observers elsewhere, as real processes: they tell the page what they see, also what they saw while it was away. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { eventually, registryUrlOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { outputOf, documentOf, feedfleet } from '../support/feedfleet-command.ts';
import { statusProcess } from '../support/status-process.ts';
import type { StatusProcess } from '../support/status-process.ts';

const main = path.resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');
let fleet: Fleet;
let status: StatusProcess;
let folder: string;
let place: Parameters<typeof outputOf>[1];
let secret: string;
let agent: ChildProcess | undefined;
let said = '';

beforeAll(async () => {
  fleet = await startFleet();
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-observers-'));
  const token = readFileSync(path.join(fleet.data, 'secrets', 'operator.token'), 'utf8').trim();
  const environment = { FEEDFLEET_FAMILY_INTERVAL_MS: '300' };
  status = await statusProcess({
    data: folder,
    entryUrl: fleet.url,
    registryUrl: registryUrlOf(fleet),
    token,
    environment,
  });
  place = { environment: { FEEDFLEET_STATUS_URL: status.url, FEEDFLEET_API_KEY: token }, workingFolder: folder };
  await status.start();
}, 120_000);

afterAll(async () => {
  await stopAgent();
  await status.stop();
  await fleet.stop();
  rmSync(folder, { recursive: true });
});

function startAgent(): void {
  said = '';
  agent = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, 'observe', 'far', '--status', status.url],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, FEEDFLEET_OBSERVER_SECRET: secret },
    },
  );
  agent.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
}

async function stopAgent(): Promise<number | null> {
  const running = agent;
  if (running?.exitCode !== null || running.signalCode !== null) return running?.exitCode ?? null;
  const ended = new Promise<number | null>((resolve) => running.once('exit', resolve));
  running.kill('SIGTERM');
  return ended;
}

const queue = () => readdirSync(path.join(folder, 'observer-far', 'queue'));
const entryOf = async (name: string) => {
  const { observers } = (await documentOf(['observer', 'list'], place)) as {
    readonly observers: readonly {
      readonly name: string;
      readonly lastSeenAt: string | null;
      readonly isSilent: boolean;
    }[];
  };
  return observers.find((each) => each.name === name);
};
const until = (what: string, holds: () => boolean | Promise<boolean>) =>
  eventually({ what, limitMs: 60_000 }, async () => ((await holds()) ? true : undefined));

/** While the status process is stopped. */
function samplesBetween(from: number, to: number): number {
  const database = new DatabaseSync(path.join(folder, 'status', 'status.db'));
  const sql =
    'SELECT count(*) AS count FROM sample JOIN observer USING (observer_key) WHERE name = ? AND at BETWEEN ? AND ?';
  const row = database.prepare(sql).get('far', from, to);
  database.close();
  return Number(row?.count);
}

describe('an observer elsewhere', () => {
  it('is added with a secret that is shown once, and is listed', async () => {
    const added = (await documentOf(['observer', 'add', 'far'], place)) as { readonly secret: string };
    secret = added.secret;
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await entryOf('far')).toMatchObject({ lastSeenAt: null, isSilent: false });
    expect(await entryOf('local')).toBeDefined();
    expect((await feedfleet(['observer', 'add', 'far'], place)).err).toContain('there is an observer "far" already');
    expect(await outputOf(['observer', 'list'], place)).not.toContain(secret);
  });

  it('tells the page what it sees', async () => {
    startAgent();
    await until('it was heard', async () => ((await entryOf('far'))?.lastSeenAt ?? null) !== null);
    expect(said).toContain('observing 6 families at ');
  }, 90_000);

  it('goes on while the page is away, also after a start of its own, and tells it all when the page is back', async () => {
    await status.stop('SIGKILL');
    const away = Date.now();
    await until('it says that the page is away', () => said.includes('the status page is away'));
    expect(await stopAgent()).toBe(0);
    startAgent();
    await until('it says so again', () => said.includes('the status page is away'));
    const back = Date.now();
    await stopAgent();
    expect(queue().length).toBeGreaterThan(0);
    startAgent();
    await status.start();
    // Sooner than the next turn that was put off while the page was away.
    const isTold = (): true | undefined => (queue().length === 0 && said.includes('observing') ? true : undefined);
    await eventually({ what: 'all is told', limitMs: 30_000 }, isTold);
    await stopAgent();
    await status.stop();
    expect(samplesBetween(away, back)).toBeGreaterThan(0);
    await status.start();
  }, 180_000);

  it('is heard no more once it is removed', async () => {
    expect(await outputOf(['observer', 'remove', 'far'], place)).toContain('Removed far');
    startAgent();
    await until('it is refused', () => said.includes('there is no observer of that name'));
    expect(await entryOf('far')).toBeUndefined();
  }, 90_000);
});
