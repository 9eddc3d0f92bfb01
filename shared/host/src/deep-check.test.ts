import { ProblemError } from '@feedfleet/problems';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DeepCheck } from './deep-check.ts';
import { HostFixture } from './host-fixture.ts';

const fixture = new HostFixture();
afterEach(fixture.end);

const PASSED = { passed: true, code: null };

describe('/health/deep', () => {
  it('is 404 where a process has no such check', async () => {
    const host = await fixture.start();
    expect((await fetch(`${host.url}/health/deep`)).status).toBe(404);
  });

  it.each([
    ['200 when the check passes', () => Promise.resolve(), 200, PASSED],
    [
      '503 with the code of what keeps it from passing',
      () => Promise.reject(new ProblemError('storeUnavailable', { detail: 'disk' })),
      503,
      { passed: false, code: 'FF_STORE_UNAVAILABLE' },
    ],
  ])('is %s', async (_what, check, status, body) => {
    const host = await fixture.start({ deepCheck: check });
    const answer = await fetch(`${host.url}/health/deep`);
    expect([answer.status, await answer.json()]).toEqual([status, body]);
  });
});

describe('a deep check', () => {
  it('is made once for all who ask at a time, and again when its result is a second old', async () => {
    let [count, now] = [0, 0];
    let finish: () => void = () => undefined;
    const check = (): Promise<void> => {
      count += 1;
      return new Promise((resolve) => (finish = resolve));
    };
    const deep = new DeepCheck({ check, now: () => now });
    const asked = [deep.run(), deep.run()];
    finish();
    expect(await Promise.all(asked)).toEqual([PASSED, PASSED]);
    now = 999;
    expect(await deep.run()).toEqual(PASSED);
    expect(count).toBe(1);
    now = 1_000;
    const again = deep.run();
    finish();
    await again;
    expect(count).toBe(2);
  });

  it('that hangs keeps nobody for longer than the limit, and is not begun once more', async () => {
    let count = 0;
    const check = (): Promise<never> => {
      count += 1;
      return new Promise(() => undefined);
    };
    const deep = new DeepCheck({ check, limitMs: 5, now: () => 0 });
    const late = { passed: false, code: 'FF_DEADLINE_EXCEEDED' };
    expect([await deep.run(), await deep.run()]).toEqual([late, late]);
    expect(count).toBe(1);
  });
});
