/** A family that is killed, or hangs, takes nothing with it: not one request to the others fails meanwhile. */
import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Exchange, ExchangeOptions } from './support/exchange.ts';
import { FeedClient, READ_FAMILIES, pathsOf } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

type Family = 'default' | 'v2' | 'v3' | 'push';

const FAMILIES: readonly Family[] = [...READ_FAMILIES, 'push'];
const NAME = { id: 'Steady', version: '1.0.0' };
/** Deadline that the client asks for, where it has to wait for a process that hangs. */
const DEADLINE_MS = 1_000;

let fleet: Fleet;
let processes: FleetProcesses;
let feed: FeedClient;
let pushes = 0;

/** One real request to a family. */
function ask(family: Family, turn: number, options: ExchangeOptions = {}): Promise<Exchange> {
  if (family === 'push') {
    pushes += 1;
    return feed.send('/api/v2/package/', {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', ...options.headers },
      body: buildPackage({ id: `Steady.P${pushes}` }),
    });
  }
  const paths = pathsOf(family, NAME);
  // What is asked for changes, so that not all of it comes from memory.
  const path = paths[turn % paths.length] ?? '';
  return feed.send(`${path}${path.includes('?') ? '&' : '?'}turn=${turn}`, options);
}

interface Traffic {
  readonly answered: Record<string, number>;
  readonly failures: string[];
  stop(): Promise<void>;
}

/** Asks each family without a pause, two requests at a time, until it is stopped. */
function startTraffic(families: readonly Family[]): Traffic {
  const answered: Record<string, number> = {};
  const failures: string[] = [];
  let stopped = false;
  const run = async (family: Family): Promise<void> => {
    for (let turn = 0; !stopped; turn += 1) {
      const { status, reason } = await ask(family, turn).catch((error: unknown) => ({
        status: 0,
        reason: String(error),
      }));
      if (status === (family === 'push' ? 201 : 200)) answered[family] = (answered[family] ?? 0) + 1;
      else failures.push(`${family}: ${status} ${reason}`);
    }
  };
  const running = families.flatMap((family) => [run(family), run(family)]);
  return {
    answered,
    failures,
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** Traffic to all others while `family` is disturbed; not one failure, and each was asked all the time. */
async function expectOthersUndisturbed(family: Family, disturb: () => Promise<void>): Promise<void> {
  const others = FAMILIES.filter((other) => other !== family);
  const traffic = startTraffic(others);
  try {
    await disturb();
  } finally {
    await traffic.stop();
  }
  expect(traffic.failures).toEqual([]);
  for (const other of others) expect(traffic.answered[other]).toBeGreaterThan(5);
}

async function expectBack(family: Family): Promise<void> {
  const expected = family === 'push' ? 201 : 200;
  await eventually({ what: `${family} is back`, limitMs: 20_000 }, async () =>
    (await ask(family, 0)).status === expected ? true : undefined,
  );
}

beforeAll(async () => {
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  feed = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
  expect(await feed.push(buildPackage(NAME))).toMatchObject({ status: 201 });
});
afterAll(() => fleet.stop());

describe.each(FAMILIES)('%s', (family) => {
  it('is killed: it answers 503 within a second, the others go on, and it comes back', async () => {
    await expectOthersUndisturbed(family, async () => {
      const killed = processes.signal(`${family}-1`, 'SIGKILL');
      const begun = performance.now();
      const refusal = await eventually({ what: 'a 503', limitMs: 1_000 }, async () => {
        const answer = await ask(family, 0);
        return answer.status === 503 ? answer : undefined;
      });
      expect(performance.now() - begun).toBeLessThan(1_000);
      expect(refusal.headers['content-type']).toBe('application/problem+json');
      expect(Number(refusal.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(JSON.parse(refusal.text)).toMatchObject({ code: 'FF_UNAVAILABLE', status: 503 });
      expect(refusal.reason).toContain(family);
      await processes.untilReplaced(`${family}-1`, killed);
      await expectBack(family);
    });
  });

  it('hangs: it is given up at the deadline of the request, the others go on, and it answers when it wakes', async () => {
    await expectOthersUndisturbed(family, async () => {
      processes.signal(`${family}-1`, 'SIGSTOP');
      try {
        const begun = performance.now();
        const answer = await ask(family, 1, { headers: { 'x-feedfleet-timeout-ms': String(DEADLINE_MS) } });
        expect([502, 503, 504]).toContain(answer.status);
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(answer.reason).toContain(family);
        expect(performance.now() - begun).toBeLessThan(DEADLINE_MS + 1_500);
      } finally {
        processes.signal(`${family}-1`, 'SIGCONT');
      }
      await expectBack(family);
    });
  });
});
