import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deliverySchema } from '@feedfleet/status-model';
import request from 'supertest';
import { z } from 'zod';

import { ManualClock } from '../manual-clock.ts';
import { WebhookReceiver } from '../notices/webhook-receiver.ts';
import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { MAX_UPDATES } from './incident-store.ts';
import { incidentsPart } from './incidents-part.ts';

let clock: ManualClock;
let status: StatusUnderTest;
let receiver: WebhookReceiver;

beforeEach(async () => {
  clock = new ManualClock('2026-11-28T12:00:00Z');
  status = await openStatusUnderTest({ parts: [incidentsPart()], clock });
  receiver = await WebhookReceiver.open();
});
afterEach(async () => {
  await status.dispose();
  await receiver.close();
});

async function call(method: 'get' | 'post', path: string, body?: object): Promise<unknown> {
  const answer = await request(status.url())[method](path).set('authorization', `Bearer ${operatorToken}`).send(body);
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
  return answer.body;
}

const subscribe = (): Promise<unknown> =>
  call('post', '/api/subscribers', {
    channel: 'webhook',
    target: receiver.url,
    topics: ['incidents'],
    families: ['v3'],
    allowPrivateAddresses: true,
  });

/** Oldest first, whether they have arrived or not. */
async function told(): Promise<readonly string[]> {
  const deliveries = z.array(deliverySchema).parse(await call('get', '/api/deliveries'));
  return deliveries.map(({ type, subject }) => `${type} ${subject}`).reverse();
}

const incident = { title: 'Looked at', state: 'degraded' };
const maintenance = { title: 'Disks', startsAt: '2026-11-28T12:00:00Z', endsAt: '2026-11-28T13:00:00Z' };

describe('what subscribers are told', () => {
  it.each(['incidents', 'maintenance'])('is nothing of %s that are for operators alone', async (what) => {
    await subscribe();
    const body = what === 'incidents' ? incident : maintenance;
    await call('post', `/api/${what}`, { ...body, components: ['instance:v3-1'] });
    expect(await told()).toEqual([]);
    await call('post', `/api/${what}`, { ...body, components: ['instance:v3-1', 'family:v2'] });
    expect(await told()).toEqual([]);
    await call('post', `/api/${what}`, { ...body, components: ['instance:v3-1', 'family:v3'] });
    const [got, ...others] = await receiver.count(1);
    expect(got?.text).toContain('family:v3');
    expect(got?.text).not.toContain('instance:');
    expect(others).toEqual([]);
  });

  it('is of an incident without components, for that concerns everybody', async () => {
    await subscribe();
    await call('post', '/api/incidents', incident);
    expect(await told()).toEqual(['incident.opened Package feeds: Looked at']);
  });

  it('is no more than the page has room for', async () => {
    const look = async (count: number, verdict: 'ok' | 'failed'): Promise<void> => {
      for (let round = 0; round < count; round += 1) {
        const at = new Date(clock.now()).toISOString();
        const sample = { component: 'family:v3', at, verdict, latencyMs: 5, reason: null };
        status.context().ingest({ observer: 'local', intervalMs: 5_000, samples: [sample] });
        await clock.advance(5_000);
      }
    };
    await look(4, 'failed');
    const { id, updates } = status.context().current().incidents[0] ?? { id: '', updates: [] };
    for (let count = updates.length; count < MAX_UPDATES - 1; count += 1) {
      await call('post', `/api/incidents/${id}/updates`, { text: `Step ${count}.` });
    }
    await subscribe();
    await look(12, 'ok');
    await look(4, 'failed');
    expect(status.context().current().incidents).toMatchObject([{ id, closedAt: null }]);
    expect(await told()).toEqual(['incident.closed Package feeds: Over: NuGet v3 (JSON) is down']);
  });
});
