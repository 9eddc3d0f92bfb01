/** What observers may tell, over HTTP: who it is, that it is theirs, that it counts once. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sample } from '@feedfleet/status-model';
import { systemClock } from '@feedfleet/registry-client';
import { observerWrittenSchema, signatureHeaders } from '@feedfleet/status-probes';
import request from 'supertest';

import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { observingPart } from './observing-part.ts';

const NOW = Date.parse('2026-11-28T12:00:00.000Z');
const MINUTE_MS = 60_000;
const operator = { authorization: `Bearer ${operatorToken}` };
const seen = (atMs: number): Sample => ({
  component: 'family:v3',
  at: new Date(atMs).toISOString(),
  ...{ verdict: 'ok', latencyMs: 3, reason: null },
});

let status: StatusUnderTest;
let now: number;
let secret: string;

beforeEach(async () => {
  now = NOW;
  // Nothing is looked at: where the balancer is, nobody has said.
  const settings = { publicUrl: undefined };
  status = await openStatusUnderTest({ parts: [observingPart], settings, clock: { ...systemClock, now: () => now } });
  const added = await request(status.url()).post('/api/observers').set(operator).send({ name: 'far' }).expect(201);
  ({ secret } = observerWrittenSchema.parse(added.body));
});
afterEach(() => status.dispose());

const batch = (changes: object = {}) => ({
  ...{ observer: 'far', batch: 'batch-0001', intervalMs: 5000, samples: [seen(now - 1000), seen(now + 5 * MINUTE_MS)] },
  ...changes,
});

function post(document: object, { signedWith = secret, signedAt = now, as = 'far' } = {}) {
  const body = Buffer.from(JSON.stringify(document));
  const headers = signatureHeaders({ observer: as, secret: signedWith }, body, signedAt);
  return request(status.url())
    .post('/api/samples')
    .set({ ...headers, 'content-type': 'application/json' })
    .send(body.toString());
}

describe('POST /api/samples', () => {
  it('takes what was seen, refuses what is to come with its reason, and takes a batch once', async () => {
    const first = await post(batch()).expect(200);
    expect(first.body).toEqual({
      ...{ duplicate: false, taken: 1 },
      refused: [{ index: 1, reason: expect.stringContaining('expected no later than') }],
    });
    expect((await post(batch()).expect(200)).body).toEqual({ duplicate: true, taken: 0, refused: [] });
    await status.restart();
    expect((await post(batch()).expect(200)).body).toMatchObject({ duplicate: true });
  });

  it.each([
    ['another secret', { signedWith: 'x'.repeat(43) }],
    ['a time of ten minutes ago', { signedAt: NOW - 10 * MINUTE_MS }],
    ['a time in ten minutes', { signedAt: NOW + 10 * MINUTE_MS }],
    ['a name that nobody has', { as: 'stranger' }],
  ])('refuses a batch that is signed with %s', async (_what, signing) => {
    expect((await post(batch(), signing).expect(401)).body).toMatchObject({ code: 'FF_UNAUTHENTICATED' });
    expect(
      status
        .context()
        .current()
        .observers.find(({ name }) => name === 'far')?.lastSeenAt,
    ).toBeNull();
  });

  it('refuses a batch of another observer, one of another form, and one that is no JSON', async () => {
    await request(status.url()).post('/api/observers').set(operator).send({ name: 'near' }).expect(201);
    expect((await post(batch({ observer: 'near' })).expect(400)).body).toMatchObject({ code: 'FF_INVALID_REQUEST' });
    await post(batch({ intervalMs: 1 })).expect(400);
    await post([]).expect(400);
  });

  it('hears nobody who was removed', async () => {
    await request(status.url()).delete('/api/observers/far').set(operator).expect(200);
    expect((await post(batch())).status).toBe(401);
    expect((await request(status.url()).delete('/api/observers/far').set(operator)).status).toBe(404);
  });
});

describe('the observers of the report', () => {
  it('are silent when nothing was heard of them for a minute', async () => {
    const farNow = () =>
      status
        .context()
        .current()
        .observers.find(({ name }) => name === 'far');
    await post(batch({ samples: [] })).expect(200);
    const at = new Date(NOW).toISOString();
    expect(farNow()).toEqual({ name: 'far', addedAt: at, lastSeenAt: at, isSilent: false });
    now += 2 * MINUTE_MS;
    expect(farNow()?.isSilent).toBe(true);
  });

  it('have names of their own, and never that of the status process', async () => {
    for (const name of ['far', 'local']) {
      const refused = await request(status.url()).post('/api/observers').set(operator).send({ name }).expect(409);
      expect(refused.body).toMatchObject({ code: 'FF_CONFLICT' });
    }
  });
});

describe('GET /api/plan', () => {
  it('says that there is none yet, and tells nothing to whom it does not know', async () => {
    const headers = signatureHeaders({ observer: 'far', secret }, Buffer.alloc(0), now);
    expect((await request(status.url()).get('/api/plan').set(headers)).status).toBe(503);
    expect((await request(status.url()).get('/api/plan')).status).toBe(401);
  });
});
