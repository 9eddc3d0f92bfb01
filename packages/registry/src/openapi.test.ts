/** The description is checked against the running registry: what it lists is served, and nothing of it without a credential. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';

import { openApiText } from './openapi.ts';
import { openRegistryUnderTest, operatorToken } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

const description = JSON.parse(openApiText()) as OpenApi;
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({ method: method as Method, path: path.replace(/\{\w+\}/g, 'none') })),
);

describe('the OpenAPI description', () => {
  let registry: RegistryUnderTest;

  beforeAll(async () => {
    registry = await openRegistryUnderTest();
  });

  afterAll(async () => {
    await registry.dispose();
  });

  it('is OpenAPI 3.1, and served as it is generated', async () => {
    const served = await request(registry.url()).get('/openapi.json').expect(200);
    expect(served.body).toEqual(description);
    expect(description.openapi).toMatch(/^3\.1\./);
  });

  it.each(operations)('lists $method $path, which is refused without a credential', async ({ method, path }) => {
    const refused = await request(registry.url())[method](path).expect(401);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect((refused.body as { readonly code: string }).code).toBe('FF_UNAUTHENTICATED');
  });

  // So the 401 above tells that the path is served.
  it('lists nothing more: another path is absent, with or without a credential', async () => {
    const anonymous = await request(registry.url()).get('/api/nothing');
    const operator = await request(registry.url()).get('/api/nothing').set('authorization', `Bearer ${operatorToken}`);
    expect([anonymous.status, operator.status]).toEqual([404, 404]);
  });
});
