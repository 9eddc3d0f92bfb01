import { describe, expect, it } from '@jest/globals';
import { ConnectorTransport } from './connector-transport.ts';
import { createTransport } from './create-transport.ts';
import { HttpProxyTransport } from './http-proxy-transport.ts';
import { balancerSettingsSchema } from './settings.ts';

describe('the transport setting', () => {
  const limits = { connectTimeoutMs: 1, discardTimeoutMs: 1 };

  it('chooses the engine', async () => {
    expect(await createTransport({ transport: 'connector', ...limits })).toBeInstanceOf(ConnectorTransport);
    expect(await createTransport({ transport: 'http-proxy', ...limits })).toBeInstanceOf(HttpProxyTransport);
  });

  it('is the connector unless said otherwise', () => {
    expect(balancerSettingsSchema.shape.transport.parse(undefined)).toBe('connector');
  });
});
