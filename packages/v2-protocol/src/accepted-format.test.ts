import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStringPromise } from 'xml2js';
import { BY_ACCEPT } from './accepted-format.ts';
import { SampleFeed } from './sample-feed.ts';

describe('Accept', () => {
  it.each([
    'application/json',
    'Application/JSON;odata=verbose',
    'application/json;odata=minimalmetadata;charset=utf-8',
    'text/json',
    'application/json, */*;q=0.8',
    'application/atom+xml;q=0.5, application/json;q=0.9',
  ])('%s asks for JSON', (accept) => {
    expect(BY_ACCEPT.variantOf(accept)).toBe('json');
  });

  it.each([
    '',
    '*/*',
    'application/atom+xml,application/xml',
    'application/atom+xml, application/json',
    'application/json, text/plain, */*',
    'application/json;q=0',
    'application/json;q=0.5, text/xml;q=0.6',
    'application/json;q=many, */*;q=0.1',
    'application/problem+json',
    'json',
  ])('%s asks for Atom', (accept) => {
    expect(BY_ACCEPT.variantOf(accept)).toBe('');
  });
});

describe('a client that prefers JSON', () => {
  let feed: SampleFeed;
  beforeAll(async () => {
    feed = await SampleFeed.open(parseStringPromise);
    for (let minor = 0; minor < 101; minor += 1) await feed.push('Many', `1.${minor}.0`);
  });
  afterAll(() => feed.close());

  const json = async (url: string): Promise<unknown> => {
    const { contentType, text } = await feed.document(url, { variant: 'json' });
    expect(contentType).toBe('application/json;odata=verbose;charset=utf-8');
    return JSON.parse(text);
  };

  it('gets feeds, whose next link asks for the same, and entries', async () => {
    const page = await json("/FindPackagesById()?id='Many'");
    expect(page).toMatchObject({
      d: { results: expect.arrayContaining([expect.objectContaining({ Version: '1.5.0' })]) },
    });
    expect(page).toMatchObject({ d: { __next: expect.stringContaining('$format=json') } });
    expect(await json("/Packages(Id='Many',Version='1.0')")).toMatchObject({ d: { Id: 'Many' } });
  });

  it('gets Atom when it names that as the format', async () => {
    const { contentType } = await feed.document('/Packages()?$format=atom&$top=1', { variant: 'json' });
    expect(contentType).toBe('application/atom+xml;type=feed;charset=utf-8');
  });

  it('gets what has no JSON as it is', async () => {
    const typeOf = async (url: string) => (await feed.document(url, { variant: 'json' })).contentType;
    expect(await typeOf('/$metadata')).toBe((await feed.document('/$metadata')).contentType);
    expect(await typeOf('/')).toBe((await feed.document('/')).contentType);
    expect(await typeOf('/Packages()/$count')).toBe('text/plain;charset=utf-8');
  });
});
