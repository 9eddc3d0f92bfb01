import { describe, expect, it } from '@jest/globals';

import { LoadClient } from './load-client.ts';

describe('a load client', () => {
  it.each(['http://packages.example/', 'http://10.0.0.1/', 'http://127.0.0.1.example/'])(
    'goes to this machine alone: not to %s',
    (url) => {
      const client = new LoadClient({ maxConnections: 1, timeoutMs: 1_000 });
      expect(() => client.send({ url }, () => undefined)).toThrow('this machine alone');
      client.close();
    },
  );
});
