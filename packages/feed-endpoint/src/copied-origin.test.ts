import { describe, expect, it } from '@jest/globals';
import type { Source } from '@feedfleet/registry-client';

import { copiedOrigin } from './copied-origin.ts';

const target = { kind: 'foreign', protocol: 'v3', url: 'https://packages.example/v3/index.json' } as const;
const secret = 'v1.sealed';
const basic = (userName: string, fingerprint: string): Source['credential'] => ({
  ...{ kind: 'basic', userName, secret, fingerprint },
});

describe('what copies of a source are kept under', () => {
  it('is another one for each place and each credential, and the same for the same', () => {
    const credentials: readonly Source['credential'][] = [
      null,
      basic('wide', 'f1'),
      basic('narrow', 'f1'),
      basic('narrow', 'f2'),
      { kind: 'bearer', secret, fingerprint: 'f1' },
      { kind: 'apiKey', secret, fingerprint: 'f1' },
    ];
    const all = credentials.map((credential) => copiedOrigin({ target, credential }));
    expect(new Set(all).size).toBe(all.length);
    expect(credentials.map((credential) => copiedOrigin({ target, credential }))).toEqual(all);
    const elsewhere = { ...target, url: 'https://packages.example/other/index.json' };
    expect(all).not.toContain(copiedOrigin({ target: elsewhere, credential: null }));
  });

  it('stays the same when a credential is only sealed anew, and does not hold its secret', () => {
    const [first, again] = ['v1.one', 'v1.two'].map((sealed) =>
      copiedOrigin({ target, credential: { kind: 'bearer', secret: sealed, fingerprint: 'f1' } }),
    );
    expect(first).toBe(again);
    expect(first).not.toMatch(/f1|v1/);
  });
});
