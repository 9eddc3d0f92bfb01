/** What carries requests, put together: transport, compartments, pools and the checks of their members, behind one handler. */
import type { Logger, Metrics, RawHandler } from '@feedfleet/host';
import type { RegistryMirror, RegistryView } from '@feedfleet/registry-client';
import type { TrafficMeter } from './admin/traffic-meter.ts';
import { createBalancerHandler } from './balancer-handler.ts';
import { sealedCompartments, trafficReader } from './compose-traffic.ts';
import { createTransport } from './create-transport.ts';
import { ExchangeLog } from './exchange-log.ts';
import { askHealth } from './health/ask-health.ts';
import { HealthChecker } from './health/health-checker.ts';
import { InstancePools } from './pools/instance-pools.ts';
import { forwardedRulesOf } from './settings.ts';
import type { BalancerSettings } from './settings.ts';

export interface TrafficParts {
  readonly mirror: Pick<RegistryMirror, 'state'>;
  /** What requests are balanced by. @throws {ProblemError} when there never was a view. */
  readonly fleet: () => RegistryView;
  readonly meter: TrafficMeter;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface OpenTraffic {
  readonly handler: RawHandler;
  readonly pools: InstancePools;
  readonly compartments: ReturnType<typeof sealedCompartments>;
  /** Asks no instance any more whether it is well. */
  stopChecks(): void;
  /** When no request is under way any more. */
  close(): void;
}

const now = (): number => performance.now();
const wallClock = Date.now;

export async function openTraffic(settings: BalancerSettings, parts: TrafficParts): Promise<OpenTraffic> {
  const { mirror, fleet, meter, log, metrics } = parts;
  const transport = await createTransport(settings);
  const compartments = sealedCompartments(settings, { log, metrics });
  const pools = new InstancePools({ log, metrics, random: Math.random, now, wallClock });
  const instances = () => (mirror.state().number === null ? [] : pools.checked(fleet()));
  const checker = new HealthChecker({ instances, ask: askHealth, random: Math.random, now });
  const handler = createBalancerHandler({
    ...{ fleet, meter, compartments, pools, transport, metrics, now, wallClock },
    traffic: trafficReader(settings),
    forwarded: forwardedRulesOf(settings),
    limits: settings,
    log: new ExchangeLog({ log, metrics, now }),
  });
  checker.start();
  return { handler, pools, compartments, stopChecks: () => checker.stop(), close: () => transport.close() };
}
