/** What carries requests, put together: transport, compartments, pools and the checks of their members, behind one handler. */
import type { Logger, Metrics, RawHandler, RefusedMessage } from '@feedfleet/host';
import type { RegistryMirror, RegistryView } from '@feedfleet/registry-client';
import { AccessLog } from './access-log/access-log.ts';
import type { TrafficMeter } from './admin/traffic-meter.ts';
import { createBalancerHandler } from './balancer-handler.ts';
import { composeSharing } from './compose-sharing.ts';
import type { Sharing } from './compose-sharing.ts';
import { createTransport } from './create-transport.ts';
import { ExchangeLog } from './exchange-log.ts';
import type { FeedWatch } from './quarantine/feed-watch.ts';
import { forwardedRulesOf } from './settings.ts';
import type { BalancerSettings } from './settings.ts';

export interface TrafficParts {
  readonly mirror: Pick<RegistryMirror, 'state'>;
  /** What requests are balanced by. @throws {ProblemError} when there never was a view. */
  readonly fleet: () => RegistryView;
  readonly meter: TrafficMeter;
  readonly watch: FeedWatch;
  /** What is to be said of the writes past the registry. */
  readonly writesGrant: () => string | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface OpenTraffic {
  readonly handler: RawHandler;
  /** To be told of what was refused before there was a request. */
  readonly refused: (message: RefusedMessage) => void;
  readonly pools: Sharing['pools'];
  readonly compartments: Sharing['compartments'];
  /** Asks no instance any more whether it is well. */
  stopChecks(): void;
  /** When no request is under way any more. */
  close(): Promise<void>;
}

const now = (): number => performance.now();
const wallClock = Date.now;

export async function openTraffic(settings: BalancerSettings, parts: TrafficParts): Promise<OpenTraffic> {
  const { mirror, fleet, meter, watch, writesGrant, log, metrics } = parts;
  const transport = await createTransport(settings);
  const known = () => (mirror.state().number === null ? undefined : fleet());
  const { checker, ...sharing } = composeSharing(settings, { known, watch, writesGrant, log, metrics });
  const { instance, dataFolder } = settings;
  const access = settings.accessLog ? new AccessLog({ dataFolder, instance, log, wallClock }) : undefined;
  const handler = createBalancerHandler({
    ...{ ...sharing, fleet, meter, transport, writesGrant, metrics, now, wallClock },
    forwarded: forwardedRulesOf(settings),
    limits: settings,
    log: new ExchangeLog({ log, metrics, families: () => known()?.families ?? [], now }),
    access,
  });
  checker.start();
  const close = async (): Promise<void> => {
    transport.close();
    await access?.close();
  };
  const { pools, compartments } = sharing;
  const refused = (message: RefusedMessage): void => access?.refused(message);
  return { handler, refused, pools, compartments, stopChecks: () => checker.stop(), close };
}
