/** The balancer process: settings, registry mirror, transport, handler, listeners. */
import path from 'node:path';
import { createLogger, createMetrics, hostOptionsOf, runProcess, startHost } from '@feedfleet/host';
import { openRegistryMirror } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';
import { OpenCompartments } from './compartments/open-compartments.ts';
import { createBalancerHandler } from './balancer-handler.ts';
import { createTransport } from './create-transport.ts';
import { ExchangeLog } from './exchange-log.ts';
import { InstancePools } from './pools/instance-pools.ts';
import { RoundRobin } from './pools/round-robin.ts';
import { balancerSettingsSchema, forwardedRulesOf } from './settings.ts';

const service = 'balancer';
const now = (): number => performance.now();

await runProcess({
  name: service,
  compose: async (environment, signal) => {
    const settings = loadSettings(balancerSettingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, registryUrl, registryToken, dataFolder } = settings;
    const log = createLogger({ service, instance, level: settings.logLevel });
    const metrics = createMetrics({ service, instance });
    const folder = path.join(dataFolder, 'snapshots', instance);
    const mirrorOptions = { registryUrl, token: registryToken, folder, subscriber: instance, log, signal };
    const mirror = await openRegistryMirror(mirrorOptions);
    const transport = await createTransport(settings);
    const handler = createBalancerHandler({
      fleet: () => mirror.current(),
      compartments: new OpenCompartments(),
      pools: new InstancePools(new RoundRobin()),
      transport,
      forwarded: forwardedRulesOf(settings),
      limits: settings,
      log: new ExchangeLog({ log, metrics, now }),
      now,
      wallClock: Date.now,
    });
    const host = await startHost({
      service,
      ...hostOptionsOf(settings),
      opsListen: { host: settings.opsHost, port: settings.opsPort },
      log,
      metrics,
      handler,
      readiness: () => {
        const { number, connected } = mirror.state();
        return { ready: number !== null, checks: { registryChange: number, registryConnected: connected } };
      },
    });
    log.info('operations listener', { 'url.full': host.opsUrl });
    // It listens before this, and says 503 with the reason: a fleet without a registry and without a snapshot is told apart.
    const drain = async () => {
      await host.drain();
      transport.close();
      await mirror.close();
    };
    try {
      await mirror.ready(signal);
    } catch (error) {
      await drain();
      throw error;
    }
    return { url: host.url, drain };
  },
});
