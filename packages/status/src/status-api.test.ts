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
