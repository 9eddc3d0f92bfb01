import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { openFixture, READ_KEY, text } from './endpoint-fixture.ts';
import type { EndpointFixture, Received } from './endpoint-fixture.ts';

const PATH = '/F/Open/api/v3/list';

let fixture: EndpointFixture;

beforeEach(async () => {
  const variantOf = (value: string): string => (value.includes('json') ? 'json' : '');
  fixture = await openFixture({ variesBy: { header: 'accept', variantOf } });
  fixture.answerWith(({ variant }) => text(variant === 'json' ? '{}' : '<feed/>'));
});

afterEach(() => fixture.close());

function ask(accept?: string, headers: Readonly<Record<string, string>> = {}): Promise<Received> {
  return fixture.send(PATH, { headers: { ...headers, ...(accept === undefined ? {} : { accept }) } });
}

const bodyOf = async (answer: Promise<Received>): Promise<string> => (await answer).body.toString();

describe('answers that vary by a header', () => {
  it('are kept apart, however they alternate', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect(await bodyOf(ask())).toBe('<feed/>');
      expect(await bodyOf(ask('application/json'))).toBe('{}');
      expect(await bodyOf(ask('text/json', { 'accept-encoding': 'gzip' }))).toBe('{}');
      expect(await bodyOf(ask('text/html', { 'accept-encoding': 'gzip' }))).toBe('<feed/>');
    }
    expect(fixture.queries).toHaveLength(4);
  });

  it('are made once for all values of the same meaning', async () => {
    for (const value of ['application/json', 'text/json', 'x/json;q=1']) await ask(value);
    for (const value of [undefined, '*/*', 'text/html', 'x'.repeat(1000)]) await ask(value);
    expect(fixture.queries.map(({ variant }) => variant)).toEqual(['json', '']);
  });

  it('are made at the same time for those who ask at the same time', async () => {
    const bodies = await Promise.all([ask(), ask('a/json'), ask(), ask('b/json')].map(bodyOf));
    expect(bodies).toEqual(['<feed/>', '{}', '<feed/>', '{}']);
    expect(fixture.queries).toHaveLength(2);
  });

  it('tell caches so, and have tags of their own', async () => {
    const [plain, json] = await Promise.all([ask(), ask('application/json')]);
    expect(plain.headers.vary).toBe('Accept-Encoding, accept');
    expect(json.headers.vary).toBe('Accept-Encoding, accept');
    const [plainTag, jsonTag] = [String(plain.headers.etag), String(json.headers.etag)];
    expect(plainTag).not.toBe(jsonTag);
    const again = await ask(undefined, { 'if-none-match': plainTag });
    expect([again.status, again.headers.vary]).toEqual([304, 'Accept-Encoding, accept']);
    expect((await ask('application/json', { 'if-none-match': plainTag })).status).toBe(200);
    expect((await ask('application/json', { 'if-none-match': jsonTag })).status).toBe(304);
  });

  it('are refused to who may not read the feed, also once they are kept', async () => {
    const path = '/F/Closed/api/v3/list';
    const accept = 'application/json';
    await fixture.send(path, { headers: { accept, 'x-nuget-apikey': READ_KEY } });
    expect((await fixture.send(path, { headers: { accept } })).status).toBe(401);
    expect((await fixture.send(path)).status).toBe(401);
  });
});
