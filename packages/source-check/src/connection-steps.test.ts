import { describe, expect, it } from '@jest/globals';

import { connectionSteps } from './connection-steps.ts';
import { FOREIGN_STEPS, StepLog } from './source-check.ts';

describe('the steps up to a connection', () => {
  it('tell that there is a proxy, and not where it is', () => {
    const log = new StepLog();
    const connection = {
      ...{ where: 'http://packages.example', proxy: 'proxy.inner.example:3128', addresses: [], failure: undefined },
      ...{ resolvedMs: undefined, connectedMs: 3, securedMs: undefined, tlsVersion: undefined, certificate: undefined },
    };
    expect(connectionSteps(log, { connection, hasCredential: false, nowMs: 0 })).toBe(true);
    const details = log.all(FOREIGN_STEPS).map(({ detail }) => detail);
    expect(details.slice(0, 2)).toEqual([
      'the proxy of this fleet resolves the name',
      'connected to http://packages.example through the proxy of this fleet',
    ]);
    expect(details.join(' ')).not.toContain('inner');
  });
});
