import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rerouteSchema } from '@feedfleet/registry-client';
import { Cleanup } from '../conformance/sockets.ts';
import { startEndpoint, startFleet, viewOf } from '../fake-fleet.ts';
import type { FakeFleet } from '../fake-fleet.ts';

interface Echo {
  readonly id: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

let cleanup: Cleanup;
let fleet: FakeFleet;

beforeEach(async () => {
  cleanup = new Cleanup();
  const families = ['default', 'v2', 'v3'];
  const endpoints = await Promise.all(families.map((family) => startEndpoint(cleanup, { id: `${family}-1`, family })));
  const view = viewOf(endpoints.map(({ instance }) => instance));
  const value = rerouteSchema.parse({
    ...{ id: 'r', family: 'default', to: 'v2', feed: null, percent: 100, reason: '', until: null },
    ...{ createdAt: '2030-01-01T00:00:00Z', actor: 'operator' },
  });
  const change = { number: view.number + 1, at: '2030-01-01T00:00:00Z', actor: '', summary: '' };
  const rerouted = view.apply({ ...change, operations: [{ entity: 'reroute', id: 'r', value }] });
  fleet = await startFleet(cleanup, { view: rerouted });
});
afterEach(() => cleanup.run());

async function ask(path: string, headers = {}): Promise<{ readonly answer: Response; readonly echo: Echo }> {
  const answer = await fetch(fleet.url + path, { headers });
  return { answer, echo: (await answer.json()) as Echo };
}

describe('a request that is rerouted', () => {
  it('keeps its path, and names the family whose path it is', async () => {
    const { answer, echo } = await ask('/F/Tools/-/versions?ids=a');
    expect(echo).toMatchObject({ id: 'v2-1', path: '/F/Tools/-/versions?ids=a' });
    expect(echo.headers['x-feedfleet-family']).toBe('default');
    expect(answer.headers.get('x-feedfleet-served-by')).toBe('v2');
  });

  it('is counted with both families', async () => {
    await ask('/F/Tools/Packages()');
    const text = await (await fetch(`${fleet.host.opsUrl}/metrics`)).text();
    expect(text).toMatch(/requests_total\{.*family="default",served_by="v2",outcome="complete".*\} 1$/m);
  });
});

describe('a request that is not', () => {
  it('names no family, also when its client did, and its answer says nothing of it', async () => {
    const { answer, echo } = await ask('/F/Tools/api/v3/index.json', { 'X-Feedfleet-Family': 'v2' });
    expect(echo.id).toBe('v3-1');
    expect(echo.headers['x-feedfleet-family']).toBeUndefined();
    expect(answer.headers.get('x-feedfleet-served-by')).toBeNull();
  });
});
