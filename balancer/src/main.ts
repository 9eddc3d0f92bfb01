/** The balancer process: settings, registry mirror, transport, handler, listeners. */
import path from 'node:path';
import { createLogger, createMetrics, hostOptionsOf, runProcess, startHost } from '@feedfleet/host';
import { openRegistryMirror } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';
import { createBalancerHandler } from './balancer-handler.ts';
import { openSteering } from './admin/open-steering.ts';
import { sealedCompartments, trafficReader } from './compose-traffic.ts';
import { createTransport } from './create-transport.ts';
import { ExchangeLog } from './exchange-log.ts';
import { askHealth } from './health/ask-health.ts';
import { HealthChecker } from './health/health-checker.ts';
import { InstancePools } from './pools/instance-pools.ts';
import { balancerSettingsSchema, forwardedRulesOf, sharedAddresses } from './settings.ts';
import { openSecureListen } from './tls/open-secure-listen.ts';

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
    const steering = await openSteering(settings, { mirror, log, metrics });
    const { overlay, meter } = steering;
    const fleet = () => overlay.over(mirror.current());
    const compartments = sealedCompartments(settings, { log, metrics });
    const pools = new InstancePools({ log, metrics, random: Math.random, now, wallClock: Date.now });
    const instances = () => (mirror.state().number === null ? [] : pools.checked(fleet()));
    const checker = new HealthChecker({ instances, ask: askHealth, random: Math.random, now });
    const handler = createBalancerHandler({
      fleet,
      meter,
      compartments,
      pools,
      traffic: trafficReader(settings),
      transport,
      forwarded: forwardedRulesOf(settings),
      limits: settings,
      log: new ExchangeLog({ log, metrics, now }),
      now,
      wallClock: Date.now,
    });
    const secure = await openSecureListen(settings, { log, metrics });
    const { limits, ...hostOptions } = hostOptionsOf(settings);
    const { maxConnectionsPerClient } = settings;
    const host = await startHost({
      service,
      ...hostOptions,
      limits: { ...limits, maxConnectionsPerClient, isSharedAddress: sharedAddresses(settings) },
      ...(secure === undefined ? {} : { secureListen: secure.listen }),
      opsListen: { host: settings.opsHost, port: settings.opsPort },
      log,
      metrics,
      handler,
      opsHandler: steering.adminHandler({
        pools: (view) => pools.state(view),
        compartments: () => compartments.state(),
      }),
      readiness: () => {
        const { number, connected } = mirror.state();
        return { ready: number !== null, checks: { registryChange: number, registryConnected: connected } };
      },
    });
    checker.start();
    log.info('operations listener', { 'url.full': host.opsUrl });
    if (host.secureUrl !== undefined) log.info('listener with TLS', { 'url.full': host.secureUrl });
    // It listens before this, and says 503 with the reason: a fleet without a registry and without a snapshot is told apart.
    const drain = async () => {
      checker.stop();
      await host.drain();
      secure?.close();
      steering.close();
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
