import { describe, expect, it } from '@jest/globals';

import { eventually } from './eventually.ts';

describe('what will be true soon', () => {
  it('is not waited for any more once that is broken off', async () => {
    const broken = new AbortController();
    const waiting = eventually({ what: 'never', limitMs: 60_000, signal: broken.signal }, () => {
      broken.abort(new Error('broken off'));
      return undefined;
    });
    await expect(waiting).rejects.toThrow('broken off');
  });
});
