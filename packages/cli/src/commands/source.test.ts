import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { change, CliFixture, elsewhere, errorOf, type Ended } from '../cli-fixture.ts';

const url = 'https://packages.example/v3/index.json';
const NEEDLE = 'N33dle-in-the-haystack';

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.open();
});
afterEach(() => cli.remove());

const source = (args: readonly string[], changes: Parameters<CliFixture['run']>[1] = {}): Promise<Ended> =>
  cli.run(['source', ...args, ...elsewhere], changes);
const sent = (method: string): unknown => cli.calls.find(([name]) => name === method);

describe('feedfleet source add', () => {
  it('sends only what is given', async () => {
    const { code, out } = await source(['add', 'acme', 'up', url]);
    expect(code).toBe(0);
    expect(sent('sources.create')).toEqual([
      'sources.create',
      'acme',
      { name: 'up', target: { kind: 'foreign', url } },
    ]);
    expect(out).toMatch(/^Target +https:\/\/packages\.example\/v3\/index\.json \(v3\)$/m);
  });

  it('sends all that can be said of a source', async () => {
    const filters = ['--include', 'A.*', '--include', 'B', '--exclude', 'A.Old', '--no-prerelease'];
    const times = ['--timeout', '2500ms', '--fresh', '5m', '--stale', '30d', '--position', '0'];
    const more = ['--mode', 'mirror', '--optional', '--disable', '--allow-private-addresses', '--protocol', 'v2'];
    expect((await source(['add', 'acme', 'up', url, ...filters, ...times, ...more])).code).toBe(0);
    const fields = { include: ['A.*', 'B'], exclude: ['A.Old'], prerelease: false, mode: 'mirror', required: false };
    const rest = { enabled: false, timeoutMs: 2500, freshMs: 300_000, staleMs: 2_592_000_000, position: 0 };
    expect(sent('sources.create')).toEqual([
      'sources.create',
      'acme',
      { name: 'up', target: { kind: 'foreign', url, protocol: 'v2' }, allowPrivateAddresses: true, ...fields, ...rest },
    ]);
  });

  it('takes another feed of the fleet, which needs no check for loops', async () => {
    const { code, out } = await source(['add', 'acme', 'core', '--feed', 'core']);
    expect(code).toBe(0);
    expect(sent('sources.create')).toMatchObject([
      'sources.create',
      'acme',
      { target: { kind: 'feed', feed: 'core' } },
    ]);
    expect(sent('sources.get')).toBeUndefined();
    expect(out).toMatch(/^State +in use$/m);
  });

  it.each<[readonly string[], object]>([
    [['--user', 'u', '--password', NEEDLE], { kind: 'basic', userName: 'u', secret: NEEDLE }],
    [['--user', 'u', '--password-stdin'], { kind: 'basic', userName: 'u', secret: 'from input' }],
    [['--user', 'u', '--password', '-'], { kind: 'basic', userName: 'u', secret: 'from input' }],
    [['--api-key', 'env:SOME_KEY'], { kind: 'apiKey', secret: 'from environment' }],
    [['--bearer', '-'], { kind: 'bearer', secret: 'from input' }],
  ])('takes the credential %j, and never prints it', async (options, credential) => {
    cli.input = 'from input\r\nanother line\n';
    const ended = await source(['add', 'acme', 'up', url, ...options, '--json'], {
      environment: { SOME_KEY: 'from environment' },
    });
    expect(ended.code).toBe(0);
    expect(sent('sources.create')).toMatchObject(['sources.create', 'acme', { credential }]);
    expect(ended.out + ended.err).not.toMatch(/N33dle|from input|from environment/);
  });

  it('takes the password out of a URL', async () => {
    await source(['add', 'acme', 'up', 'https://me:p%40ss@packages.example/v3/index.json']);
    const credential = { kind: 'basic', userName: 'me', secret: 'p@ss' };
    expect(sent('sources.create')).toMatchObject(['sources.create', 'acme', { target: { url }, credential }]);
  });

  it.each<[readonly string[], RegExp]>([
    [['up'], /give the URL/],
    [['up', url, '--feed', 'core'], /not both/],
    [['up', `ftp://me:${NEEDLE}@packages.example/`], /http or https URL/],
    [['up', url, '--user', 'u'], /--password/],
    [['up', url, '--password', NEEDLE], /--user is missing/],
    [['up', url, '--api-key', NEEDLE, '--bearer', NEEDLE], /one credential/],
    [['up', url, '--user', 'u', '--password', NEEDLE, '--password-stdin'], /give one of/],
    [['up', url, '--api-key', 'env:NOT_SET'], /NOT_SET is not set/],
    [['up', url, '--bearer', '-'], /standard input is empty/],
    [['up', url, '--optional', '--required'], /contradict/],
    [['up', url, '--timeout', 'soon'], /500ms/],
    [['up', url, '--position', '-1'], /0 to 9999/],
  ])('refuses %j before anything is sent', async (options, detail) => {
    const ended = await source(['add', 'acme', ...options, '--json']);
    expect(ended.code).toBe(2);
    expect(errorOf(ended).detail).toMatch(detail);
    expect(ended.err).not.toContain(NEEDLE);
    expect(cli.calls).toEqual([]);
  });

  it('waits until it is known whether the source leads back to the fleet', async () => {
    cli.sources.loop = { state: 'clear', after: 3 };
    const { code, out } = await source(['add', 'acme', 'up', url]);
    expect(code).toBe(0);
    expect(cli.calls.filter(([name]) => name === 'sources.get')).toHaveLength(4);
    expect(out).toMatch(/^State +in use$/m);
    expect(out).not.toContain('being checked');
  });

  it('says that the check goes on after ten seconds, and that a source is cut', async () => {
    cli.sources.loop = { state: 'clear', after: 1000 };
    const waits: number[] = [];
    const clock = { now: () => 0, sleep: (ms: number) => (waits.push(ms), Promise.resolve()) };
    const slow = await source(['add', 'acme', 'up', url], { clock });
    expect(slow.code).toBe(0);
    expect(slow.out).toContain('still being checked');
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(10_000);
    cli.sources.loop = { state: 'caught', after: 0 };
    expect((await source(['add', 'acme', 'round', url])).out).toContain('leads back to this fleet');
  });

  it('says what it would change, and saves nothing', async () => {
    cli.sources.notes = ['A note.'];
    const { code, out } = await source(['add', 'acme', 'core', '--feed', 'core', '--dry-run']);
    expect([code, out]).toEqual([0, 'This turns 4 upstream requests per query into 9.\nA note.\n']);
    const edit = { kind: 'add', source: { name: 'core', target: { kind: 'feed', feed: 'core' } } };
    expect(cli.calls).toEqual([['sources.effect', 'acme', edit]]);
  });
});

describe('feedfleet source list, set, remove', () => {
  beforeEach(async () => {
    await source(['add', 'acme', 'up', url, '--user', 'u', '--password', NEEDLE, '--optional', '--exclude', 'Acme.*']);
    cli.calls.length = 0;
  });

  it('lists sources with what they lead to, and no secret', async () => {
    const { code, out } = await source(['list', 'acme']);
    expect(code).toBe(0);
    expect(out).toMatch(/^up +https:\S+ \(v3\) +\*, not Acme\.\* +basic, user u +proxy +left out +being checked$/m);
    const json = await source(['list', 'acme', '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ sources: [{ name: 'up', credential: { kind: 'basic' } }] });
    expect(out + json.out).not.toContain(NEEDLE);
  });

  it('changes only what is given', async () => {
    expect((await source(['set', 'acme', 'up', '--required', '--rename', 'down'])).code).toBe(0);
    expect((await source(['set', 'acme', 'up', '--prerelease', '--enable'])).code).toBe(0);
    expect((await source(['set', 'acme', 'up', '--url', 'https://other.example/', '--no-credential'])).code).toBe(0);
    const at = { feed: 'acme', source: 'up' };
    expect(cli.calls).toEqual([
      ['sources.update', at, { required: true, name: 'down' }],
      ['sources.update', at, { prerelease: true, enabled: true }],
      ['sources.update', at, { target: { kind: 'foreign', url: 'https://other.example/' }, credential: null }],
    ]);
  });

  it.each([[[]], [['--enable', '--disable']], [['--no-credential', '--api-key', 'x']], [['--url', 'x']]])(
    'refuses to set %j',
    async (options) => {
      expect((await source(['set', 'acme', 'up', ...options])).code).toBe(2);
      expect(cli.calls).toEqual([]);
    },
  );

  it('removes a source, or says what that would change', async () => {
    expect((await source(['remove', 'acme', 'up', '--dry-run'])).out).toMatch(/^This turns 4/);
    const { out } = await source(['remove', 'acme', 'up', '--json']);
    expect(JSON.parse(out)).toEqual({ removed: 'up', change });
    expect(cli.calls).toEqual([
      ['sources.effect', 'acme', { kind: 'remove', source: 'up' }],
      ['sources.delete', 'acme', 'up'],
    ]);
  });

  it('ends with 4 for a source that is not there', async () => {
    expect((await source(['set', 'acme', 'nope', '--enable'])).code).toBe(4);
  });
});

describe('feedfleet source graph', () => {
  it('draws a tree with loops, diamonds and the cost, and each thing once', async () => {
    const node = (name: string | null, kind: 'feed' | 'foreign' = 'feed') => ({
      kind,
      name,
      depth: 1,
      state: 'asked' as const,
    });
    const edge = (name: string | null, from: number, to: number, more = {}) => ({
      ...{ source: name, from, to, state: 'followed' as const, isRequired: true, isFiltering: false },
      ...more,
    });
    cli.sources.graph = {
      nodes: [node('core'), node('team'), node('tools'), { ...node(url, 'foreign'), state: 'loopPending' }, node(null)],
      edges: [
        edge('to-team', 0, 1),
        edge('to-tools', 0, 2, { isRequired: false, isFiltering: true }),
        edge('back', 1, 0, { state: 'loop' }),
        edge('tools', 1, 2),
        edge('up', 1, 3),
        edge(null, 2, 4),
      ],
      loops: [{ nodes: [0, 1, 0], cutAt: 1 }],
      cuts: 3,
      diamonds: [{ node: 2, edges: 2 }],
      cost: { upstreamRequests: 3, feeds: 3, foreign: 0, depth: 2 },
    };
    const { code, out } = await source(['graph', 'core']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'core',
      '|- to-team: team',
      '|  |- back: core (loop: cut here)',
      '|  |- tools: tools',
      '|  |  `- a feed or source that you may not see',
      `|  \`- up: ${url} (being checked for loops)`,
      '`- to-tools: tools (asked already: once is enough, optional, filtered)',
      '',
      'Cost: 3 upstream requests per query at most (3 feeds of this fleet, 0 foreign).',
      'Loop: core -> team -> core, cut at team.',
      '2 further places where loops are cut.',
      'Diamond: tools is led to by 2 sources, and asked once.',
      '',
    ]);
    const json = await source(['graph', 'core', '--json']);
    expect(JSON.parse(json.out)).toEqual({ graph: cli.sources.graph });
  });
});
