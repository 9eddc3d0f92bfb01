/** The description is checked against the running process: what it lists is served, and to nobody else than it says. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';

import { statusParts } from '../parts.ts';
import { openStatusUnderTest } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { openApiText } from './openapi.ts';

interface Operation {
  readonly description: string;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

const description = JSON.parse(openApiText()) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { description: access }]) => ({
    method: method as Method,
    path: path.replace(/\{\w+\}/g, 'none'),
    isForAll: access === 'For everybody.',
  })),
);

describe('the OpenAPI description', () => {
  let status: StatusUnderTest;

  beforeAll(async () => {
    // Without a way to the fleet, so that nothing is looked at.
    status = await openStatusUnderTest({ parts: statusParts, settings: { publicUrl: undefined } });
  });

  afterAll(async () => {
    await status.dispose();
  });

  it('is OpenAPI 3.1, and served as it is generated', async () => {
    const served = await request(status.url()).get('/openapi.json').expect(200);
    expect(served.body).toEqual(description);
    expect(description.openapi).toMatch(/^3\.1\./);
  });

  it.each(operations.filter(({ isForAll }) => !isForAll))(
    'lists $method $path, which is refused without a credential',
    async ({ method, path }) => {
      const refused = await request(status.url())[method](path).expect(401);
      expect(refused.body).toMatchObject({ code: 'FF_UNAUTHENTICATED' });
    },
  );

  it('has the report for everybody', () => {
    expect(operations.filter(({ isForAll }) => isForAll)).toContainEqual({
      method: 'get',
      path: '/api/status',
      isForAll: true,
    });
  });
});
