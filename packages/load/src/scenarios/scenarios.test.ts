/** Every scenario against targets of every kind: what it would send, without sending it. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { allScenarios } from './all-scenarios.ts';
import { madeUpTarget } from './made-up-target.ts';
import { pushBurst } from './push-burst.ts';
import { playedConversations } from './recorded-clients.ts';
import { pushOf, readOf } from './requests.ts';
import { Popularity, spread } from './spread.ts';

const SETTINGS = { ratePerSecond: 100, seconds: 60, maxConnections: 10, run: 'abc' };
/** They look at what the server says of sizes, and are run against a real one. */
const LOOKS_FIRST = new Set(['downloads', 'slow-clients']);
const cases = allScenarios
  .filter(({ name }) => !LOOKS_FIRST.has(name))
  .flatMap((scenario) => (['v2', 'v3', 'both'] as const).map((speaks) => ({ name: scenario.name, scenario, speaks })));

describe('scenarios', () => {
  it('have names of their own, and say what they do and need', () => {
    expect(new Set(allScenarios.map(({ name }) => name)).size).toBe(9);
    for (const { says, needs } of allScenarios)
      expect([says, needs]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
  });

  it.each(cases)('ask a target that speaks $speaks for what it has alone: $name', async ({ scenario, speaks }) => {
    const { groups, phases } = await scenario.plan(madeUpTarget(speaks), SETTINGS);
    const names = new Set(groups.map(({ name }) => name));
    expect(names.size).toBe(groups.length);
    expect(phases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    for (const { rates } of phases) for (const name of Object.keys(rates)) expect(names).toContain(name);
    const other = speaks === 'v2' ? /\/api\/v3\// : speaks === 'v3' ? /\(\)\?|\/api\/v2\/package\/./ : /^$/;
    for (const group of groups) {
      for (let turn = 0; turn < 60; turn += 1) {
        const { url, headers } = group.request(turn);
        expect(url).toMatch(/^http:\/\/127\.0\.0\.1:5000\/F\/(one|two|three)/);
        expect(url).not.toMatch(/[{} ]|undefined/);
        expect(url).not.toMatch(other);
        expect(headers).toMatchObject({ 'x-nuget-apikey': 'secret' });
      }
    }
  });

  it.each(cases)('begin with the rate that was asked for, against $speaks: $name', async ({ scenario, speaks }) => {
    const { phases } = await scenario.plan(madeUpTarget(speaks), SETTINGS);
    const [first] = phases;
    expect(Object.values(first.rates).reduce((sum, rate) => sum + rate, 0)).toBeCloseTo(SETTINGS.ratePerSecond);
  });
});

describe('a key', () => {
  const elsewhere = 'http://127.0.0.1:6000';

  it('goes to the server alone that it was given for', () => {
    const target = madeUpTarget('both');
    const headersOf = (url: string) => readOf(target, url).headers;
    expect(headersOf('http://127.0.0.1:5000/x')).toHaveProperty('x-nuget-apikey');
    for (const url of [elsewhere, 'https://127.0.0.1:5000/x', 'http://localhost:5000/x'])
      expect(headersOf(url)).not.toHaveProperty('x-nuget-apikey');
    expect(pushOf(target, elsewhere, { id: 'A', version: '1.0.0' }).headers).not.toHaveProperty('x-nuget-apikey');
  });

  it('is of no use where pushes go to another server, which is said before', () => {
    const target = madeUpTarget('both');
    const feeds = [{ ...target.feeds[0], publish: `${elsewhere}/push` }] as const;
    expect(() => pushBurst.plan({ ...target, feeds }, SETTINGS)).toThrow(`pushes of it go to ${elsewhere}`);
  });
});

describe('what real clients asked', () => {
  it('is a mix of v2 and v3, of clients of all generations', () => {
    const clients = playedConversations(madeUpTarget('both'), madeUpTarget('both').feeds[0]);
    expect(clients.map(({ client }) => client)).toEqual([
      ...['dotnet restore, v3', 'dotnet restore, v2', 'dotnet package search, v3', 'nuget.exe 5.8.0 restore, v3'],
      ...[
        'nuget.exe 5.8.0 restore, v2',
        'nuget.exe 2.8.7 install, v2',
        'nuget.exe 2.8.7 list, v2',
        'Visual Studio, v3',
        'Visual Studio, v2',
      ],
    ]);
    expect(clients.reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
    for (const { length } of clients) expect(length).toBeGreaterThan(1);
  });

  it('asks for the same package throughout a conversation', () => {
    const target = madeUpTarget('both');
    const [restore] = playedConversations(target, target.feeds[0]);
    const urls = Array.from({ length: restore?.length ?? 0 }, (_, turn) => restore?.request(turn).url);
    const lists = urls.flatMap((url) => /content\/([^/]+)\/index\.json$/.exec(url ?? '')?.[1] ?? []);
    const files = urls.flatMap((url) => /content\/([^/]+)\/[^/]+\.nupkg$/.exec(url ?? '')?.[1] ?? []);
    expect(lists.length).toBeGreaterThan(0);
    expect(files.every((id) => lists.includes(id.toLowerCase()))).toBe(true);
  });
});

describe('what is popular', () => {
  it('is asked for as often as its place says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), (count) => {
        const popularity = new Popularity(count);
        const asked = new Array<number>(count).fill(0);
        for (let turn = 0; turn < 20_000; turn += 1) {
          const place = popularity.placeAt(spread(turn));
          asked[place] = (asked[place] ?? 0) + 1;
        }
        const [first = 0, second = 0] = asked;
        expect(first / second).toBeCloseTo(2, 0);
        expect(Math.min(...asked)).toBeGreaterThan(0);
      }),
      { numRuns: 20 },
    );
  });
});
