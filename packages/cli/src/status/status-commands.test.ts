/** What the commands ask the status process, and what they say of its answers. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, errorOf, KEY, type Ended } from '../cli-fixture.ts';

interface Asked {
  readonly call: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

const at = '2026-01-01T00:00:00.000Z';
const incident = {
  ...{ id: '0abc123456', title: 'Search is slow', state: 'degraded', components: ['family:v2'], isAutomatic: false },
  ...{ openedAt: at, closedAt: null, postMortemUrl: null },
  updates: [{ at, by: 'operator', text: 'We look\nat it.' }],
};
const maintenance = {
  ...{ id: '0abc123457', title: 'New disks', text: null, components: ['family:v2', 'instance:v3-1'] },
  ...{ startsAt: at, endsAt: '2026-01-01T01:00:00.000Z' },
};
const message = {
  ...{ id: '0abc123458', kind: 'message', family: null, text: 'Hello.', postedAt: at },
  until: '2026-01-01T02:00:00.000Z',
};
const subscriber = {
  ...{
    id: '0abc123459',
    channel: 'webhook',
    target: 'https://chat.example/hook',
    topics: ['incidents'],
    families: null,
  },
  ...{ minSeverity: 'ticket', allowPrivateAddresses: false, createdAt: at },
};
const delivery = {
  ...{
    id: 1,
    subscriber: subscriber.id,
    target: subscriber.target,
    type: 'incident.opened',
    subject: 'Search is slow',
  },
  ...{ state: 'queued', attempts: 2, createdAt: at, nextAttemptAt: at, finishedAt: null, problem: 'it answered 503' },
};

let cli: CliFixture;
let server: Server;
let url: string;
let asked: Asked[];
/** Of the next request; answers of the good are by its path. */
let refusal: { readonly status: number; readonly body: string } | undefined;
let testOutcome: object;

function answerTo(path: string, isList: boolean): object {
  if (path.endsWith('/test')) return testOutcome;
  if (path.startsWith('/api/deliveries')) return [delivery];
  const one = path.startsWith('/api/incidents')
    ? incident
    : path.startsWith('/api/maintenance')
      ? maintenance
      : message;
  if (!path.startsWith('/api/subscribers')) return isList ? [one] : one;
  return isList ? [subscriber] : { subscriber, secret: 'whsec_abc' };
}

beforeEach(async () => {
  cli = await CliFixture.open();
  [asked, refusal, testOutcome] = [[], undefined, { isSent: true, problem: null }];
  server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const body = Number(headers['content-length'] ?? 0) > 0 ? json(request) : Promise.resolve(undefined);
    void body.then((sent) => {
      asked.push({ call: `${method} ${path}`, token: headers.authorization, body: sent });
      const isRemoval = method === 'DELETE' && !path.startsWith('/api/maintenance');
      const good = isRemoval ? { removed: path.split('/').at(-1) } : answerTo(path, method === 'GET');
      response.writeHead(refusal?.status ?? 200, { 'content-type': 'application/json' });
      response.end(refusal?.body ?? JSON.stringify(good));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await cli.remove();
});

const run = (...args: readonly string[]): Promise<Ended> => cli.run([...args, '--status', url, '--key', KEY]);

/** The one request of a command that went well, and what it said. */
async function done(...args: readonly string[]): Promise<Asked & { readonly out: string }> {
  asked = [];
  const { code, out, err } = await run(...args);
  expect([code, err]).toEqual([0, '']);
  const [only, ...others] = asked;
  if (only === undefined || others.length > 0) throw new Error(`expected one request, got ${asked.length}`);
  expect(only.token).toBe(`Bearer ${KEY}`);
  return { ...only, out };
}

describe('feedfleet incident', () => {
  it('opens one about families and instances, by the names that people use', async () => {
    const opened = await done(
      ...['incident', 'open', '--title', 'Search is slow', '--state', 'degraded', '--text', 'We look at it.'],
      ...['--component', 'v2', '--component', 'instance:v3-1'],
    );
    expect(opened).toMatchObject({
      call: 'POST /api/incidents',
      body: {
        ...{ title: 'Search is slow', state: 'degraded', text: 'We look at it.' },
        components: ['family:v2', 'instance:v3-1'],
      },
    });
    expect(opened.out).toMatch(/Incident +0abc123456: Search is slow\n[^]*operator: We look at it\.\n/);
  });

  it('posts, edits and closes one by its id', async () => {
    expect(await done('incident', 'post', 'a/b', '--text', 'A disk.')).toMatchObject({
      call: 'POST /api/incidents/a%2Fb/updates',
      body: { text: 'A disk.' },
    });
    const postMortem = ['--post-mortem', 'https://blog.example/why'];
    expect(await done('incident', 'edit', incident.id, ...postMortem, '--component', 'v3')).toMatchObject({
      call: `PATCH /api/incidents/${incident.id}`,
      body: { postMortemUrl: 'https://blog.example/why', components: ['family:v3'] },
    });
    const taken = await done('incident', 'edit', incident.id, '--post-mortem', 'none');
    expect(taken.body).toEqual({ postMortemUrl: null });
    expect(await done('incident', 'close', incident.id, '--text', 'Mended.', ...postMortem)).toMatchObject({
      call: `POST /api/incidents/${incident.id}/close`,
      body: { text: 'Mended.', postMortemUrl: 'https://blog.example/why' },
    });
  });

  it('lists the open ones, and with --all those before', async () => {
    const open = await done('incident', 'list');
    expect(open.call).toBe('GET /api/incidents?state=open');
    expect(open.out).toMatch(/^INCIDENT +STATE +OPENED +CLOSED +TITLE\n0abc123456 +degraded +2026[^ ]+ +open +Search/);
    expect((await done('incident', 'list', '--all')).call).toBe('GET /api/incidents?state=all');
    expect(JSON.parse((await done('incident', 'list', '--json')).out)).toEqual({ incidents: [incident] });
  });
});

describe('feedfleet maintenance', () => {
  const plan = ['maintenance', 'plan', '--title', 'New disks', '--component', 'v2'];

  it('plans from now, from later and from an instant on', async () => {
    const times = async (...args: readonly string[]): Promise<unknown> => (await done(...plan, ...args)).body;
    const common = { title: 'New disks', text: null, components: ['family:v2'] };
    expect(await times('--for', '1h')).toEqual({ ...common, startsAt: at, endsAt: '2026-01-01T01:00:00.000Z' });
    expect(await times('--start', '2h', '--for', '30m')).toEqual({
      ...common,
      ...{ startsAt: '2026-01-01T02:00:00.000Z', endsAt: '2026-01-01T02:30:00.000Z' },
    });
    expect(await times('--start', '2027-01-31T20:00Z', '--for', '1d')).toMatchObject({
      ...{ startsAt: '2027-01-31T20:00:00.000Z', endsAt: '2027-02-01T20:00:00.000Z' },
    });
  });

  it('asks nobody for a time that is none', async () => {
    const never = await run(...plan, '--for', 'never', '--json');
    expect(errorOf(never)).toMatchObject({ code: 'FF_USAGE', detail: expect.stringContaining('--for') });
    expect(errorOf(await run(...plan, '--for', 'a while', '--json'))).toMatchObject({ code: 'FF_USAGE' });
    expect(asked).toEqual([]);
  });

  it('lists and cancels', async () => {
    expect((await done('maintenance', 'list')).out).toContain('family:v2 instance:v3-1');
    expect(await done('maintenance', 'cancel', maintenance.id)).toMatchObject({
      call: `DELETE /api/maintenance/${maintenance.id}`,
      out: expect.stringContaining('is taken back, or has ended now'),
    });
  });
});

describe('feedfleet message', () => {
  it('posts messages and tips, for a while or until they are cleared', async () => {
    const posted = await done('message', 'post', 'Hello.', '--for', '2h');
    expect(posted).toMatchObject({
      call: 'POST /api/messages',
      body: { kind: 'message', text: 'Hello.', family: null, until: '2026-01-01T02:00:00.000Z' },
      out: `The page shows ${message.id} until 2026-01-01T02:00:00.000Z.\n`,
    });
    expect((await done('message', 'tip', 'Use v2.', '--family', 'v3')).body).toEqual({
      ...{ kind: 'tip', text: 'Use v2.', family: 'v3', until: null },
    });
  });

  it('lists and clears', async () => {
    expect((await done('message', 'list')).out).toMatch(/0abc123458 +message +all +2026[^ ]+ +Hello\./);
    expect(await done('message', 'clear', message.id)).toMatchObject({ call: `DELETE /api/messages/${message.id}` });
  });
});

describe('feedfleet subscriber', () => {
  it('adds who hears of incidents, and an Alertmanager for alerts, and shows the secret', async () => {
    const added = await done('subscriber', 'add', 'webhook', subscriber.target, '--family', 'v2', '--family', 'v3');
    expect(added).toMatchObject({
      call: 'POST /api/subscribers',
      body: {
        ...{ channel: 'webhook', target: subscriber.target, topics: ['incidents'], families: ['v2', 'v3'] },
        ...{ minSeverity: 'ticket', allowPrivateAddresses: false },
      },
      out: expect.stringContaining('whsec_abc, which is shown this once'),
    });
    const pager = ['subscriber', 'add', 'alertmanager', 'http://10.0.0.7:9093', '--allow-private-addresses'];
    expect((await done(...pager, '--only', 'page')).body).toMatchObject({
      ...{ topics: ['alerts'], families: null, minSeverity: 'page', allowPrivateAddresses: true },
    });
  });

  it('lists, removes, and tells what was told', async () => {
    expect((await done('subscriber', 'list')).out).toMatch(/webhook +incidents +all +https:\/\/chat\.example\/hook/);
    expect(await done('subscriber', 'remove', subscriber.id)).toMatchObject({
      call: `DELETE /api/subscribers/${subscriber.id}`,
    });
    expect((await done('subscriber', 'log')).out).toMatch(/incident\.opened +queued +2 +it answered 503/);
  });

  it('fails when its test was not taken', async () => {
    expect(await done('subscriber', 'test', subscriber.id)).toMatchObject({ out: 'The test was taken.\n' });
    testOutcome = { isSent: false, problem: 'it answered 500' };
    const failed = await run('subscriber', 'test', subscriber.id);
    expect(failed.code).toBe(1);
    expect(failed.err).toContain('the test was not sent: it answered 500');
  });
});

describe('a status process that refuses or is none', () => {
  it('is told with its own code and words', async () => {
    const body = JSON.stringify({ code: 'FF_CONFLICT', detail: 'expected an open incident' });
    refusal = { status: 409, body };
    const ended = await run('incident', 'close', incident.id, '--json');
    expect(ended.code).not.toBe(0);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_CONFLICT', detail: expect.stringContaining('an open incident') });
    refusal = { status: 200, body: '<html>' };
    expect(errorOf(await run('incident', 'list', '--json'))).toMatchObject({ code: 'FF_UNAVAILABLE' });
  });

  it('gets no token that was not given for it', async () => {
    await cli.layDataFolder();
    const ended = await cli.run(['incident', 'list', '--status', url, '--json']);
    expect(errorOf(ended)).toMatchObject({ code: 'FF_UNAUTHENTICATED' });
    expect(asked).toEqual([]);
  });
});
