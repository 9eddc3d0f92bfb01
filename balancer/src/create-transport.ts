/** The engine behind the transport port, by the setting's word. */
import { ConnectorTransport } from './connector-transport.ts';
import type { BalancerSettings } from './settings.ts';
import type { Transport } from './transport.ts';

export type EngineSettings = Pick<BalancerSettings, 'transport' | 'connectTimeoutMs' | 'discardTimeoutMs'>;

/** Loads http-proxy only where it is chosen. */
export async function createTransport(settings: EngineSettings): Promise<Transport> {
  const { transport, connectTimeoutMs, discardTimeoutMs } = settings;
  const options = { connectTimeoutMs, discardTimeoutMs };
  switch (transport) {
    case 'connector':
      return new ConnectorTransport(options);
    case 'http-proxy': {
      // http-proxy 1.18.1 calls util._extend, about which Node warns (DEP0060) in the middle of the log.
      process.noDeprecation = true;
      const { HttpProxyTransport } = await import('./http-proxy-transport.ts');
      return new HttpProxyTransport(options);
    }
  }
}
