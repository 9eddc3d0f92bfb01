import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SaxesParser } from 'saxes';

import { FEED_URL, FeedFixture } from './feed-fixture.ts';

const BASE = `${FEED_URL}/api/v3`;
const ATOM = 'http://www.w3.org/2005/Atom';
let feed: FeedFixture;

beforeAll(async () => {
  feed = await FeedFixture.open();
});
afterAll(() => feed.close());

/** An element as a feed reader sees it: by namespace and name. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Refuses what is not well-formed, with its namespaces. */
function parse(xml: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ uri, local, attributes }) => {
    const values = Object.entries(attributes).map(([name, { value }]) => [name, value] as const);
    const element = {
      name: uri === '' ? local : `{${uri}}${local}`,
      attributes: Object.fromEntries(values),
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.write(xml).close();
  const [document] = root.children;
  if (document === undefined) throw new Error('no root element');
  return document;
}

const all = ({ children }: Element, name: string): Element[] => children.filter((child) => child.name === name);
const textOf = (element: Element, name: string): string | undefined => all(element, name)[0]?.text;

async function read(path: string, feedUrl = FEED_URL): Promise<Element> {
  const answer = await feed.ask(path, feedUrl);
  if (answer.kind !== 'bytes') throw new Error('a download');
  return parse(answer.body.toString('utf8'));
}

describe('the changes of a feed', () => {
  it('are valid before anything has happened', async () => {
    const atom = await read('/changes.atom');
    expect([textOf(atom, `{${ATOM}}updated`), all(atom, `{${ATOM}}entry`)]).toEqual(['2026-01-02T03:04:05.678Z', []]);
    const [channel] = all(await read('/changes.rss'), 'channel');
    expect(channel && [textOf(channel, 'title'), all(channel, 'item')]).toEqual(['Main: changes', []]);
  });

  it('are in Atom what feed readers ask for', async () => {
    await feed.add('Odd', '1.0.0', { description: 'Less < more & "quotes" \u0001 \ud800 ]]> end', authors: 'A & B' });
    await feed.add('Even', '2.0.0-rc.1+build');
    const atom = await read('/changes.atom');
    expect(atom.name).toBe(`{${ATOM}}feed`);
    const links = all(atom, `{${ATOM}}link`).map(({ attributes }) => [attributes.rel, attributes.href]);
    expect(links).toEqual([['self', `${BASE}/changes.atom`]]);
    const entries = all(atom, `{${ATOM}}entry`);
    expect(entries.map((entry) => textOf(entry, `{${ATOM}}title`))).toEqual(['Even 2.0.0-rc.1+build', 'Odd 1.0.0']);
    const [even, odd] = entries;
    expect(even && textOf(even, `{${ATOM}}updated`)).toBe(textOf(atom, `{${ATOM}}updated`));
    expect(odd && textOf(odd, `{${ATOM}}content`)).toBe('Less < more & "quotes"   ]]> end');
    expect(odd && all(odd, `{${ATOM}}author`).map((author) => textOf(author, `{${ATOM}}name`))).toEqual(['A & B']);
    expect(odd && all(odd, `{${ATOM}}link`)[0]?.attributes.href).toBe(`${BASE}/packages/odd/1.0.0`);
    for (const entry of entries) {
      for (const name of ['id', 'title', 'updated', 'author', 'content']) {
        expect(all(entry, `{${ATOM}}${name}`)).toHaveLength(1);
      }
      expect(textOf(entry, `{${ATOM}}updated`)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    }
  });

  it('are in RSS what feed readers ask for', async () => {
    const rss = await read('/changes.rss');
    expect([rss.name, rss.attributes.version]).toEqual(['rss', '2.0']);
    const [channel] = all(rss, 'channel');
    const items = channel === undefined ? [] : all(channel, 'item');
    expect(items.map((item) => textOf(item, 'title'))).toEqual(['Even 2.0.0-rc.1+build', 'Odd 1.0.0']);
    for (const item of items) {
      expect(new Date(textOf(item, 'pubDate') ?? '').toUTCString()).toBe(textOf(item, 'pubDate'));
      expect(all(item, 'guid')[0]?.attributes.isPermaLink).toBe('false');
    }
  });

  it('keep their identities wherever the feed is read', async () => {
    const idsOf = async (feedUrl?: string): Promise<unknown[]> =>
      all(await read('/changes.atom', feedUrl), `{${ATOM}}entry`).map((entry) => textOf(entry, `{${ATOM}}id`));
    const ids = await idsOf();
    expect(new Set(ids).size).toBe(2);
    expect(await idsOf(`http://other/F/main/auth/ff_${'k'.repeat(43)}`)).toEqual(ids);
  });

  it('are of the kinds that are asked for', async () => {
    await feed.setListed('Odd', '1.0.0', false);
    await feed.remove('Even', '2.0.0-rc.1');
    const titles = async (path: string): Promise<unknown[]> =>
      all(await read(path), `{${ATOM}}entry`).map((entry) => textOf(entry, `{${ATOM}}title`));
    expect(await titles('/CHANGES.ATOM')).toEqual(['Even 2.0.0-rc.1+build', 'Odd 1.0.0']);
    expect(await titles('/changes.atom?kinds=unlisted,Deleted')).toEqual([
      'Even 2.0.0-rc.1+build (deleted)',
      'Odd 1.0.0 (unlisted)',
    ]);
    const [entry] = all(await read('/changes.atom?kinds=deleted'), `{${ATOM}}entry`);
    const href = entry && all(entry, `{${ATOM}}link`)[0]?.attributes.href;
    expect(await feed.json(href ?? '')).toMatchObject({
      id: 'Even',
      '@type': expect.arrayContaining(['PackageDelete']),
    });
  });

  it.each(['kinds=', 'kinds=pushed,what', `kinds=${'pushed,'.repeat(40)}`])(
    'refuse kinds that are none: %s',
    async (search) => {
      await expect(feed.ask(`/changes.rss?${search}`)).rejects.toMatchObject({ code: 'FF_INVALID_QUERY', status: 400 });
    },
  );

  it('are the newest 100', async () => {
    for (let patch = 0; patch < 105; patch += 1) await feed.add('Many', `1.0.${patch}`, { file: 'shared' });
    const entries = all(await read('/changes.atom'), `{${ATOM}}entry`);
    expect(entries).toHaveLength(100);
    expect(entries.slice(-1).map((entry) => textOf(entry, `{${ATOM}}title`))).toEqual(['Many 1.0.5']);
  });
});
