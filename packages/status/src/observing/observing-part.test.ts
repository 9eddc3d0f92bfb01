import { afterEach, describe, expect, it } from '@jest/globals';

import { openStatusUnderTest } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { observingPart } from './observing-part.ts';

let status: StatusUnderTest;
afterEach(() => status.dispose());

describe('the URL of a family on the page', () => {
  it.each([
    ['begins with the public URL', 'https://packages.example/', 'http://0.0.0.0:1', 'https://packages.example'],
    [
      'is that of the balancer where only this machine reaches it',
      undefined,
      'http://127.0.0.1:1/',
      'http://127.0.0.1:1',
    ],
    ['does not tell how the fleet reaches the balancer elsewhere', undefined, 'http://0.0.0.0:1', ''],
  ])('%s', async (_what, publicUrl, balancerUrl, base) => {
    status = await openStatusUnderTest({ parts: [observingPart], settings: { publicUrl, balancerUrl } });
    const { families } = status.context().current();
    expect(families.find(({ id }) => id === 'v2')?.urlPattern).toBe(`${base}/F/<feed>/api/v2`);
  });
});
