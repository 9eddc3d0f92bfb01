/** The engine behind the transport port, by the setting's word. */
import { ConnectorTransport } from './connector-transport.ts';
import { HttpProxyTransport } from './http-proxy-transport.ts';
import type { BalancerSettings } from './settings.ts';
import type { Transport } from './transport.ts';

export type EngineSettings = Pick<BalancerSettings, 'transport' | 'connectTimeoutMs' | 'discardTimeoutMs'>;

export function createTransport({ transport, connectTimeoutMs, discardTimeoutMs }: EngineSettings): Transport {
  const options = { connectTimeoutMs, discardTimeoutMs };
  switch (transport) {
    case 'connector':
      return new ConnectorTransport(options);
    case 'http-proxy':
      return new HttpProxyTransport(options);
  }
}
