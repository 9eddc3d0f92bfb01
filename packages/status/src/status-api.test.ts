import { afterEach, describe, expect, it } from '@jest/globals';
import { statusReportSchema } from '@feedfleet/status-model';
import request from 'supertest';

import { usualFleet } from './known-fleet.ts';
import { openStatusUnderTest, operatorToken } from './status-under-test.ts';
import type { StatusUnderTest } from './status-under-test.ts';

describe('/api/status', () => {
  let status: StatusUnderTest;

  afterEach(async () => {
    await status.dispose();
  });

  it('tells the families of a new fleet, of which nothing is known', async () => {
    status = await openStatusUnderTest();
    const report = statusReportSchema.parse((await request(status.url()).get('/api/status').expect(200)).body);
    expect(report.families.map(({ id, state }) => [id, state])).toContainEqual(['v3', 'unknown']);
    expect(report.families.find(({ id }) => id === 'v2')?.urlPattern).toBe('https://packages.example/F/<feed>/api/v2');
    expect(report.overall.state).toBe('unknown');
  });

  it('answers without the fields of a part that fails, and tells the log once', async () => {
    const fail = (): never => {
      throw new Error('of the test');
    };
    const message = { id: 'message', kind: 'message', family: null, text: 'Hello', until: null } as const;
    const postedAt = '2026-11-28T12:00:00Z';
    const broken = { incidents: fail, certificates: fail, fleet: fail, messages: () => [{ ...message, postedAt }] };
    const part = { name: 'broken', migrations: [], open: () => ({ name: 'broken', report: broken, start: fail }) };
    status = await openStatusUnderTest({ parts: [part] });
    for (let times = 0; times < 2; times += 1) {
      status.context().invalidate();
      const report = statusReportSchema.parse((await request(status.url()).get('/api/status').expect(200)).body);
      expect([report.incidents, report.certificates, report.messages.length]).toEqual([[], [], 1]);
      expect(report.families.length).toBeGreaterThan(0);
    }
    expect(status.logged().match(/a part of the report is missing/g)).toHaveLength(3);
    expect(status.logged()).toContain('could not start');
  });

  it('is not beside metrics, which tell what is for operators', async () => {
    status = await openStatusUnderTest();
    await request(status.url()).get('/metrics').expect(404);
    expect((await request(status.opsUrl()).get('/metrics').expect(200)).text).toContain('process_');
  });

  it('tells of instances to the operator alone', async () => {
    const [family] = usualFleet('https://packages.example').families;
    const instances = [{ id: 'default-1', family: 'default', datacenter: 'main' }];
    const fleet = () => ({ families: family === undefined ? [] : [family], instances });
    const part = { name: 'fleet', migrations: [], open: () => ({ name: 'fleet', report: { fleet } }) };
    status = await openStatusUnderTest({ parts: [part] });
    const idsFor = async (headers: Record<string, string>): Promise<readonly string[] | undefined> => {
      const { body } = (await request(status.url()).get('/api/status').set(headers)) as { readonly body: unknown };
      return statusReportSchema.parse(body).families[0]?.instances.map(({ id }) => id);
    };
    expect(await idsFor({})).toEqual([]);
    expect(await idsFor({ authorization: 'Bearer wrong' })).toEqual([]);
    expect(await idsFor({ authorization: `Bearer ${operatorToken}` })).toEqual(['default-1']);
  });
});
