/** The balancer process: settings, registry mirror, transport, handler, listeners. */
import path from 'node:path';
import { createLogger, createMetrics, hostOptionsOf, runProcess, startHost } from '@feedfleet/host';
import { openRegistryMirror } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';
import { openSteering } from './admin/open-steering.ts';
import { feedWatch } from './compose-sharing.ts';
import { openTraffic } from './open-traffic.ts';
import { QuarantineFile } from './quarantine/quarantine-file.ts';
import { balancerSettingsSchema, sharedAddresses } from './settings.ts';
import { openSecureListen } from './tls/open-secure-listen.ts';

const service = 'balancer';

await runProcess({
  name: service,
  compose: async (environment, signal, begin) => {
    const settings = loadSettings(balancerSettingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, registryUrl, registryToken, dataFolder } = settings;
    const log = createLogger({ service, instance, level: settings.logLevel });
    const metrics = createMetrics({ service, instance });
    const folder = path.join(dataFolder, 'snapshots', instance);
    const mirrorOptions = { registryUrl, token: registryToken, folder, subscriber: instance, log, signal };
    const mirror = await openRegistryMirror(mirrorOptions);
    const file = new QuarantineFile(path.join(dataFolder, 'quarantines', `${instance}.json`), log);
    const watch = feedWatch(settings, { log, metrics, memory: await file.load(), keep: file.keep });
    const steering = await openSteering(settings, { mirror, quarantines: () => watch.quarantines(), log, metrics });
    const { overlay, meter, grantedWrites } = steering;
    const writesGrant = () => grantedWrites.header();
    const fleet = () => overlay.over(mirror.current());
    const traffic = await openTraffic(settings, { mirror, fleet, meter, watch, writesGrant, log, metrics });
    const { handler, refused, pools, compartments } = traffic;
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
      refused,
      skipsEmptyBodies: true,
      opsHandler: steering.adminHandler({
        pools: (view) => pools.state(view),
        compartments: () => compartments.state(),
      }),
      restart: { token: registryToken, begin },
      readiness: () => {
        const { number, connected } = mirror.state();
        return { ready: number !== null, checks: { registryChange: number, registryConnected: connected } };
      },
    });
    log.info('operations listener', { 'url.full': host.opsUrl });
    if (host.secureUrl !== undefined) log.info('listener with TLS', { 'url.full': host.secureUrl });
    // It listens before this, and says 503 with the reason: a fleet without a registry and without a snapshot is told apart.
    const drain = async () => {
      traffic.stopChecks();
      await host.drain();
      secure?.close();
      steering.close();
      await traffic.close();
      await file.close();
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
