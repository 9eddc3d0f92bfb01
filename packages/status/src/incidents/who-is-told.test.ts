import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { incidentSchema } from '@feedfleet/status-model';
import { z } from 'zod';

import { MAX_LAST_WORDS, MAX_UPDATES } from './incident-store.ts';
import { openOperatorUnderTest } from './operator-under-test.ts';
import type { OperatorUnderTest } from './operator-under-test.ts';

let operator: OperatorUnderTest;

beforeEach(async () => {
  operator = await openOperatorUnderTest();
});
afterEach(() => operator.dispose());

const post = (path: string, body: object): Promise<unknown> => operator.call('post', path, z.unknown(), body);
const subscribe = (): Promise<unknown> => operator.subscribe({ families: ['v3'] });
const incidents = () => operator.status.context().current().incidents;

/** Oldest first, whether they have arrived or not. */
async function told(): Promise<readonly string[]> {
  return (await operator.deliveries()).map(({ type, subject }) => `${type} ${subject}`).reverse();
}

const incident = { title: 'Looked at', state: 'degraded' };
const maintenance = { title: 'Disks', startsAt: '2026-11-28T12:00:00Z', endsAt: '2026-11-28T13:00:00Z' };

describe('what subscribers are told', () => {
  it.each(['incidents', 'maintenance'])('is nothing of %s that are for operators alone', async (what) => {
    await subscribe();
    const body = what === 'incidents' ? incident : maintenance;
    await post(`/api/${what}`, { ...body, components: ['instance:v3-1'] });
    expect(await told()).toEqual([]);
    await post(`/api/${what}`, { ...body, components: ['instance:v3-1', 'family:v2'] });
    expect(await told()).toEqual([]);
    await post(`/api/${what}`, { ...body, components: ['instance:v3-1', 'family:v3'] });
    const [got, ...others] = await operator.receiver.count(1);
    expect(got?.text).toContain('family:v3');
    expect(got?.text).not.toContain('instance:');
    expect(others).toEqual([]);
  });

  it('is of an incident without components, for that concerns everybody', async () => {
    await subscribe();
    await post('/api/incidents', incident);
    expect(await told()).toEqual(['incident.opened Package feeds: Looked at']);
  });

  it('is an outage also while an operator has an incident of his own about the family', async () => {
    await operator.rounds(4, 'ok', 'v3');
    await post('/api/incidents', { ...incident, components: ['family:v3'] });
    await subscribe();
    await operator.rounds(4, 'failed', 'v3');
    await operator.rounds(12, 'ok', 'v3');
    expect(await told()).toEqual(Array(2).fill('incident.updated Package feeds: Update: Looked at'));
  });

  it('is each outage while an operator has an incident of his own, however often it comes, and what he says beside', async () => {
    await operator.rounds(4, 'ok', 'v3');
    const { id } = incidentSchema.parse(await post('/api/incidents', { ...incident, components: ['family:v3'] }));
    for (let flap = 0; flap < 75; flap += 1) {
      await operator.rounds(3, 'failed', 'v3');
      await operator.rounds(8, 'ok', 'v3');
    }
    await post(`/api/incidents/${id}/updates`, { text: 'It is the disk.' });
    await subscribe();
    await operator.rounds(4, 'failed', 'v3');
    expect((await told()).at(-1)).toMatch(/^incident\.(?:opened|reopened) Package feeds: .*NuGet v3 \(JSON\) is down/);
  });

  it('is not that all is over when maintenance begins', async () => {
    await operator.rounds(4, 'ok', 'v3');
    await operator.rounds(4, 'failed', 'v3');
    await subscribe();
    const [startsAt, endsAt] = [0, 3_600_000].map((ms) => new Date(operator.clock.now() + ms).toISOString());
    await post('/api/maintenance', { ...maintenance, startsAt, endsAt, components: ['family:v3'] });
    await operator.rounds(8, 'failed', 'v3');
    expect((await told()).at(-1)).toBe('incident.closed Package feeds: Under maintenance: NuGet v3 (JSON) is down');
  });

  it('is no more than the page has room for', async () => {
    const look = (count: number, verdict: 'ok' | 'failed'): Promise<void> => operator.rounds(count, verdict, 'v3');
    await look(4, 'ok');
    await look(4, 'failed');
    const { id, updates } = incidents()[0] ?? { id: '', updates: [] };
    for (let count = updates.length; count < MAX_UPDATES - 1; count += 1) {
      await post(`/api/incidents/${id}/updates`, { text: `Step ${count}.` });
    }
    await subscribe();
    await look(12, 'ok');
    await look(4, 'failed');
    expect(incidents()).toMatchObject([{ id, closedAt: null }]);
    expect(await told()).toEqual(['incident.closed Package feeds: Over: NuGet v3 (JSON) is down']);
  });

  it('is the closing of an incident by an operator, however much was said of it', async () => {
    const { id } = incidentSchema.parse(await post('/api/incidents', { ...incident, components: ['family:v3'] }));
    for (let count = 1; count < MAX_UPDATES; count += 1) {
      await post(`/api/incidents/${id}/updates`, { text: `Step ${count}.` });
    }
    await expect(post(`/api/incidents/${id}/updates`, { text: 'One more.' })).rejects.toThrow('FF_CONFLICT');
    await subscribe();
    await post(`/api/incidents/${id}/close`, { text: 'It was the disk.' });
    await post(`/api/incidents/${id}/updates`, { text: 'And here is why.' });
    const [closed] = incidents();
    expect(closed?.updates.slice(-3).map(({ text }) => text)).toEqual([
      `Step ${MAX_UPDATES - 1}.`,
      'It was the disk.',
      'And here is why.',
    ]);
    for (let count = 0; count < 40; count += 1) await post(`/api/incidents/${id}/updates`, { text: 'More.' });
    expect(incidents()[0]?.updates).toHaveLength(MAX_UPDATES + MAX_LAST_WORDS);
    expect((await told())[0]).toBe('incident.closed Package feeds: Closed: Looked at');
  });
});
