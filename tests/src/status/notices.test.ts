/** Who hears what of an outage of a real fleet, and what stays of it on the page, which is killed meanwhile. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { statusReportSchema } from '@feedfleet/status-model';
import type { Incident, StatusReport } from '@feedfleet/status-model';
import { eventually, FleetProcesses, registryUrlOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { outputOf } from '../support/feedfleet-command.ts';
import { startMailServer } from '../support/mail-server.ts';
import type { MailServer } from '../support/mail-server.ts';
import { statusProcess } from '../support/status-process.ts';
import type { StatusProcess } from '../support/status-process.ts';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const READER = 'team@packages.example';
const POST_MORTEM = 'https://blog.example/why';
let mail: MailServer;
let hooks: Server;
const posted: Posted[] = [];
let fleet: Fleet;
let processes: FleetProcesses;
let status: StatusProcess;
let folder: string;
let place: Parameters<typeof outputOf>[1];

beforeAll(async () => {
  mail = await startMailServer();
  hooks = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push({ headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  // Begun once the fleet is there: a slow start of all of it would be an incident before the one that is looked at.
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-notices-'));
  const token = readFileSync(path.join(fleet.data, 'secrets', 'operator.token'), 'utf8').trim();
  status = await statusProcess({
    ...{ data: folder, entryUrl: fleet.url, registryUrl: registryUrlOf(fleet), token },
    environment: {
      FEEDFLEET_SMTP_URL: mail.url,
      FEEDFLEET_MAIL_FROM: 'status@packages.example',
      FEEDFLEET_FAMILY_INTERVAL_MS: '2000',
    },
  });
  place = { environment: { FEEDFLEET_STATUS_URL: status.url, FEEDFLEET_API_KEY: token }, workingFolder: folder };
  await status.start();
}, 120_000);

afterAll(async () => {
  await status.stop();
  await fleet.stop();
  rmSync(folder, { recursive: true, force: true });
  await mail.close();
  await new Promise((resolve) => hooks.close(resolve));
});

async function report(): Promise<StatusReport> {
  return statusReportSchema.parse(await (await fetch(`${status.url}/api/status`)).json());
}

const untilIncident = (what: string, limitMs: number, holds: (incident: Incident) => boolean): Promise<Incident> =>
  eventually({ what, limitMs }, async () => (await report()).incidents.find(holds));

const run = (...args: readonly string[]): Promise<string> => outputOf(args, place);

const untilTold = (count: number) =>
  eventually({ what: `${count} notices are told to each`, limitMs: 20_000 }, () =>
    posted.length >= count && mail.mails.length >= count ? true : undefined,
  );

/** As a receiver checks it that has the secret and nothing of ours. */
function isSigned({ headers, body }: Posted, secret: string): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

const subjects = (): readonly string[] =>
  mail.mails.map((each) => /^Subject: (.*)$/m.exec(each.text)?.[1]?.trim() ?? '');
const types = (): readonly string[] => posted.map(({ body }) => (JSON.parse(body) as { readonly type: string }).type);

describe('an outage of one family', () => {
  let secret: string;

  it('comes after a time in which there was none', async () => {
    await eventually({ what: 'all families are up', limitMs: 90_000 }, async () =>
      (await report()).families.every(({ state }) => state === 'up') ? true : undefined,
    );
    expect((await report()).incidents).toEqual([]);
    await run('subscriber', 'add', 'email', READER);
    const { port } = hooks.address() as AddressInfo;
    const added = await run(
      ...['subscriber', 'add', 'webhook', `http://127.0.0.1:${port}/hook`],
      '--allow-private-addresses',
    );
    secret = /whsec_\S+(?=,)/.exec(added)?.[0] ?? '';
    expect(secret).not.toBe('');
  }, 120_000);

  it('is an incident that opens and closes by itself, and is told once each by mail and by signed webhook', async () => {
    const letLive = processes.keepDead('v3-1');
    let opened: Incident;
    try {
      opened = await untilIncident('an incident is open', 30_000, ({ closedAt }) => closedAt === null);
      expect(opened).toMatchObject({ state: 'down', components: ['family:v3'], isAutomatic: true });
      await untilTold(1);
      await status.stop('SIGKILL');
      await status.start();
      await untilIncident(
        'the page answers again',
        30_000,
        ({ id, closedAt }) => id === opened.id && closedAt === null,
      );
    } finally {
      letLive();
    }
    await untilIncident('it is closed', 90_000, ({ id, closedAt }) => id === opened.id && closedAt !== null);
    await untilTold(2);
    expect(types()).toEqual(['incident.opened', 'incident.closed']);
    expect(posted.filter((each) => !isSigned(each, secret))).toEqual([]);
    expect(subjects()).toEqual([`Package feeds: ${opened.title}`, `Package feeds: Over: ${opened.title}`]);
    expect(mail.mails.map(({ to }) => to)).toEqual([READER, READER]);
  }, 240_000);

  it('has its post-mortem by the command, and all of it in the report and the feed', async () => {
    const [{ id, title } = { id: '', title: '' }] = (await report()).incidents;
    await run('incident', 'edit', id, '--post-mortem', POST_MORTEM);
    await untilTold(3);
    const { incidents } = await report();
    expect(incidents).toHaveLength(1);
    expect(incidents[0]).toMatchObject({ id, postMortemUrl: POST_MORTEM, closedAt: expect.any(String) });
    expect(incidents[0]?.updates.map(({ by, text: said }) => `${by}: ${said}`)).toEqual([
      expect.stringMatching(/^feedfleet: NuGet v3 \(JSON\) is down: .+\.$/),
      expect.stringMatching(/^feedfleet: Works again, after /),
      `operator: A post-mortem is at ${POST_MORTEM}`,
    ]);
    const feed = await (await fetch(`${status.url}/feed.atom`)).text();
    for (const said of [title, 'Works again, after ', POST_MORTEM]) expect(feed).toContain(said);
    expect(await run('incident', 'list', '--all')).toContain(id);
    expect(await run('subscriber', 'log')).not.toMatch(/queued|failed|dropped/);
    expect(types().at(-1)).toBe('incident.updated');
  });

  it('is told to nobody who has left by the link in the mail', async () => {
    const letter = (mail.mails[0]?.text ?? '').replaceAll('=\r\n', '');
    expect(letter).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click/m);
    const leaving = /http:\/\/[^\s>]+\/leave\/[\w-]{32}/.exec(letter)?.[0] ?? '';
    expect((await fetch(leaving)).status).toBe(200);
    expect(await run('subscriber', 'list')).toContain(READER);
    expect((await fetch(leaving, { method: 'POST' })).status).toBe(200);
    expect(await run('subscriber', 'list')).not.toContain(READER);
    expect((await fetch(leaving)).status).toBe(404);
  });
});
