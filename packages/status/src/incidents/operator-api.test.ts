import { createHmac } from 'node:crypto';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import {
  alertSchema,
  auditEntrySchema,
  incidentSchema,
  maintenanceSchema,
  messageSchema,
  statusReportSchema,
} from '@feedfleet/status-model';
import { z } from 'zod';

import { operatorToken } from '../status-under-test.ts';
import { openOperatorUnderTest } from './operator-under-test.ts';
import type { OperatorUnderTest } from './operator-under-test.ts';

let operator: OperatorUnderTest;
let { clock, status, receiver, call, refusal, subscribe, deliveries } = {} as OperatorUnderTest;

beforeEach(async () => {
  operator = await openOperatorUnderTest();
  ({ clock, status, receiver, call, refusal, subscribe, deliveries } = operator);
});
afterEach(() => operator.dispose());

const report = async (): Promise<z.infer<typeof statusReportSchema>> =>
  statusReportSchema.parse((await request(status.url()).get('/api/status')).body);

/** Lets what is under way come to its end. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

const opened = { title: 'Search is slow', state: 'degraded', components: ['family:v2'], text: 'We look at it.' };

describe('a form of another site', () => {
  it('changes nothing with the password that a browser sends along', async () => {
    const answer = await request(status.url())
      .post('/api/messages')
      .auth('operator', operatorToken)
      .set('content-type', 'text/plain')
      .send('{"kind":"message","text":"Not by an operator."}');
    expect(answer.status).toBe(401);
    expect((await request(status.url()).get('/api/status')).text).not.toContain('Not by an operator.');
  });
});

describe('/api/incidents', () => {
  it('opens one, posts, closes and links the post-mortem, all in the report and in the audit', async () => {
    const { id } = await call('post', '/api/incidents', incidentSchema, opened);
    await clock.advance(60_000);
    await call('post', `/api/incidents/${id}/updates`, incidentSchema, { text: 'A disk is full.' });
    await call('post', `/api/incidents/${id}/close`, incidentSchema, { text: 'Mended.' });
    const postMortemUrl = 'https://blog.example/why';
    await call('patch', `/api/incidents/${id}`, incidentSchema, { postMortemUrl, title: 'Search was slow' });
    const [incident] = (await report()).incidents;
    expect(incident).toMatchObject({
      id,
      title: 'Search was slow',
      postMortemUrl,
      closedAt: '2026-11-28T12:01:00.000Z',
    });
    expect(incident?.updates.map(({ by, text }) => `${by}: ${text}`)).toEqual([
      'operator: We look at it.',
      'operator: A disk is full.',
      'operator: Mended.',
      'operator: A post-mortem is at https://blog.example/why',
    ]);
    const audit = await call('get', '/api/audit', z.array(auditEntrySchema));
    expect(audit.map(({ action }) => action)).toEqual([
      'incident.edit',
      'incident.close',
      'incident.post',
      'incident.open',
    ]);
  });

  it('is for the operator alone, and says what is wrong', async () => {
    await request(status.url()).post('/api/incidents').send(opened).expect(401);
    await request(status.url()).get('/api/subscribers').expect(401);
    expect(await refusal('post', '/api/incidents', { title: '', color: 'red' })).toMatch(
      /FF_INVALID_REQUEST title: .*color/s,
    );
    expect(await refusal('post', '/api/incidents/000000/close', {})).toBe('FF_NO_SUCH_ENTITY no incident 000000');
    const { id } = await call('post', '/api/incidents', incidentSchema, opened);
    await call('post', `/api/incidents/${id}/close`, incidentSchema, {});
    expect(await refusal('post', `/api/incidents/${id}/close`, {})).toContain('FF_CONFLICT expected an open incident');
    expect(await refusal('patch', `/api/incidents/${id}`, {})).toContain('at least one change');
    expect(await refusal('patch', `/api/incidents/${id}`, { postMortemUrl: 'javascript:alert(1)' })).toContain(
      'postMortemUrl',
    );
  });
});

describe('/api/maintenance', () => {
  const planned = {
    title: 'A new disk',
    components: ['family:v2'],
    startsAt: '2026-11-28T13:00:00Z',
    endsAt: '2026-11-28T14:00:00Z',
  };

  it('is announced, begins, ends early, and each is told', async () => {
    await subscribe();
    const { id } = await call('post', '/api/maintenance', maintenanceSchema, planned);
    await receiver.count(1);
    await clock.advance(3_600_000);
    await receiver.count(2);
    await clock.advance(60_000);
    const ended = await call('delete', `/api/maintenance/${id}`, maintenanceSchema);
    expect(ended.endsAt).toBe('2026-11-28T13:01:00.000Z');
    const types = (await receiver.count(3)).map(({ text }) => (JSON.parse(text) as { type: string }).type);
    expect(types).toEqual(['maintenance.planned', 'maintenance.started', 'maintenance.ended']);
    expect((await report()).maintenance).toMatchObject([{ id, endsAt: '2026-11-28T13:01:00.000Z' }]);
    expect(await refusal('delete', `/api/maintenance/${id}`)).toContain('expected one that is not over');
  });

  it('excuses no outage afterwards', async () => {
    expect(await refusal('post', '/api/maintenance', { ...planned, startsAt: '2026-11-28T11:00:00Z' })).toContain(
      'startsAt: expected a time ahead',
    );
    expect(await refusal('post', '/api/maintenance', { ...planned, endsAt: '2026-11-28T12:59:00Z' })).toContain(
      'endsAt: expected a time after startsAt',
    );
  });

  it('that is taken back before it begins is gone', async () => {
    const { id } = await call('post', '/api/maintenance', maintenanceSchema, planned);
    await call('delete', `/api/maintenance/${id}`, maintenanceSchema);
    expect((await report()).maintenance).toEqual([]);
  });
});

describe('/api/messages', () => {
  it('are on the page until their time or until they are cleared', async () => {
    const message = await call('post', '/api/messages', messageSchema, { kind: 'message', text: 'Hello.' });
    const tip = { kind: 'tip', family: 'default', text: 'Use v2.', until: '2026-11-28T12:30:00Z' };
    await call('post', '/api/messages', messageSchema, tip);
    expect((await report()).messages.map(({ text }) => text)).toEqual(['Use v2.', 'Hello.']);
    await clock.advance(1_800_000);
    expect((await report()).messages.map(({ text }) => text)).toEqual(['Hello.']);
    await call('delete', `/api/messages/${message.id}`, z.unknown());
    expect((await report()).messages).toEqual([]);
    expect(await refusal('post', '/api/messages', { ...tip, family: 'v9' })).toContain(
      'family: expected one of default',
    );
  });
});

describe('webhooks', () => {
  it('are signed by Standard Webhooks', async () => {
    const { secret } = await subscribe();
    await call('post', '/api/incidents', incidentSchema, opened);
    const [got] = await receiver.count(1);
    const id = String(got?.headers['webhook-id']);
    const timestamp = String(got?.headers['webhook-timestamp']);
    const key = Buffer.from(String(secret).slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key)
      .update(`${id}.${timestamp}.${got?.text ?? ''}`)
      .digest('base64');
    expect([got?.headers['webhook-signature'], timestamp]).toEqual([
      `v1,${expected}`,
      String(Date.parse('2026-11-28T12:00:00Z') / 1000),
    ]);
    expect(JSON.parse(got?.text ?? '')).toMatchObject({
      type: 'incident.opened',
      data: { incident: { title: 'Search is slow' } },
    });
  });

  it('are tried again under the same id, in order, also after a restart', async () => {
    await subscribe();
    receiver.answers.push(503, 500);
    const { id } = await call('post', '/api/incidents', incidentSchema, opened);
    await call('post', `/api/incidents/${id}/close`, incidentSchema, {});
    await receiver.count(1);
    await until(async () => (await deliveries()).at(-1)?.problem === 'it answered 503');
    await clock.advance(5_000);
    await receiver.count(2);
    await until(async () => (await deliveries()).at(-1)?.attempts === 2);
    expect((await deliveries()).map(({ state, type }) => `${type} ${state}`)).toEqual([
      'incident.closed queued',
      'incident.opened queued',
    ]);
    await status.restart();
    await clock.advance(10_000);
    const got = await receiver.count(4);
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([
      'delivery-1',
      'delivery-1',
      'delivery-1',
      'delivery-2',
    ]);
    await until(async () => (await deliveries()).every(({ state }) => state === 'sent'));
  });

  it('go to no private address unless the operator allows it', async () => {
    const { subscriber } = await subscribe({ allowPrivateAddresses: false });
    const outcome = await call('post', `/api/subscribers/${subscriber.id}/test`, z.unknown());
    expect(outcome).toMatchObject({ isSent: false, problem: expect.stringContaining('leads to a loopback address') });
    const byName = receiver.url.replace('127.0.0.1', 'localhost');
    const other = await subscribe({ target: byName, allowPrivateAddresses: false });
    expect(await call('post', `/api/subscribers/${other.subscriber.id}/test`, z.unknown())).toMatchObject({
      isSent: false,
    });
    expect(receiver.received).toEqual([]);
  });

  it('follow no redirect, and say what was answered', async () => {
    const { subscriber } = await subscribe();
    receiver.answers.push(302);
    expect(await call('post', `/api/subscribers/${subscriber.id}/test`, z.unknown())).toEqual({
      isSent: false,
      problem: 'it answered 302',
    });
    expect(await call('post', `/api/subscribers/${subscriber.id}/test`, z.unknown())).toMatchObject({ isSent: true });
  });
});

describe('/api/subscribers', () => {
  it('hears only of its families and topics', async () => {
    await subscribe({ families: ['v3'] });
    await call('post', '/api/incidents', incidentSchema, opened);
    await call('post', '/api/incidents', incidentSchema, { ...opened, components: ['family:v3'], title: 'v3' });
    await receiver.count(1);
    expect((await deliveries()).map(({ subject }) => subject)).toEqual(['Package feeds: v3']);
  });

  it('is refused twice, with a wrong target, for mail without a server, and for incidents at Alertmanager', async () => {
    const { subscriber } = await subscribe();
    const wanted = { channel: 'webhook', target: receiver.url, topics: ['incidents'] };
    expect(await refusal('post', '/api/subscribers', wanted)).toContain(`got that of ${subscriber.id}`);
    expect(await refusal('post', '/api/subscribers', { ...wanted, target: 'ftp://a' })).toContain(
      'target: expected an http',
    );
    const mail = { ...wanted, channel: 'email', target: 'a@example.org' };
    expect(await refusal('post', '/api/subscribers', mail)).toContain('expected smtpUrl and mailFrom');
    expect(await refusal('post', '/api/subscribers', { ...wanted, channel: 'alertmanager' })).toContain(
      'topics: expected',
    );
    await call('delete', `/api/subscribers/${subscriber.id}`, z.unknown());
    expect(await refusal('delete', `/api/subscribers/${subscriber.id}`)).toContain('FF_NO_SUCH_ENTITY');
  });
});

describe('/api/alerts', () => {
  const list = (): Promise<readonly z.infer<typeof alertSchema>[]> => call('get', '/api/alerts', z.array(alertSchema));
  const pass = (seconds: number, verdict: 'ok' | 'failed'): Promise<void> =>
    operator.rounds(seconds / 5, verdict, 'v2');

  it('tell of an outage once, in the form of Alertmanager, and of its end', async () => {
    await subscribe({ channel: 'alertmanager-webhook', topics: ['alerts'] });
    await pass(600, 'ok');
    await pass(30, 'failed');
    expect(await list()).toEqual([]);
    await pass(120, 'failed');
    const [fired] = await receiver.count(1);
    expect(JSON.parse(fired?.text ?? '')).toMatchObject({
      status: 'firing',
      alerts: [{ labels: { alertname: 'FeedfleetErrorBudgetBurn', severity: 'page', subject: 'v2' } }],
    });
    expect(await list()).toMatchObject([{ subject: 'v2', severity: 'page', resolvedAt: null }]);
    // The failures leave the longest window.
    await pass(300, 'ok');
    await clock.advance(73 * 3_600_000);
    await pass(600, 'ok');
    const ofFamily = async (): Promise<readonly string[]> =>
      (await deliveries()).filter(({ subject }) => subject.includes('NuGet v2')).map(({ type }) => type);
    expect(await ofFamily()).toEqual(['alert.resolved', 'alert.fired']);
    expect((await list()).find(({ subject }) => subject === 'v2')?.resolvedAt).not.toBeNull();
  });

  it('are told to Alertmanager again and again while they fire', async () => {
    await subscribe({ channel: 'alertmanager', topics: ['alerts'] });
    await pass(300, 'failed');
    const [first] = await receiver.count(1);
    expect(first?.path).toBe('/hook/api/v2/alerts');
    await pass(300, 'failed');
    const got = await receiver.count(2);
    const ends = got.map(({ text }) => Date.parse((JSON.parse(text) as { endsAt: string }[])[0]?.endsAt ?? ''));
    expect(ends[1]).toBeGreaterThan(ends[0] ?? NaN);
  });

  it('page when the observers fall silent, and not while the process has only just begun to listen', async () => {
    await pass(5, 'ok');
    await clock.advance(290_000);
    await clock.advance(5_000);
    expect(await list()).toEqual([]);
    for (let looks = 0; looks < 3; looks += 1) await clock.advance(5_000);
    expect((await list()).map(({ name, severity }) => `${name} ${severity}`).sort()).toEqual([
      'FeedfleetNobodyObserves page',
      'FeedfleetObserverSilent ticket',
    ]);
  });
});
