/** For the handler's tests: a fleet of real HTTP servers behind a real host, with the routes that every fleet starts with. */
import { createMetrics, startHost } from '@feedfleet/host';
import type { Metrics, RunningHost, SecureListen } from '@feedfleet/host';
import { instanceSchema, defaultFamilies, defaultRoutes, RegistryView } from '@feedfleet/registry-client';
import type { Instance, Route } from '@feedfleet/registry-client';
import type { RequestListener } from 'node:http';
import { TrafficMeter } from './admin/traffic-meter.ts';
import { createBalancerHandler } from './balancer-handler.ts';
import type { BalancerLimits } from './balancer-handler.ts';
import type { FleetView } from './fleet-view.ts';
import { composeSharing, feedWatch } from './compose-sharing.ts';
import { startHttpUpstream } from './conformance/sockets.ts';
import type { Cleanup, HttpUpstream } from './conformance/sockets.ts';
import { createTransport } from './create-transport.ts';
import type { EngineSettings } from './create-transport.ts';
import { ExchangeLog } from './exchange-log.ts';
import type { ForwardedRules } from './forwarded.ts';
import { recordingLog } from './recording-log.ts';
import type { LogLine } from './recording-log.ts';

export interface FakeFleet {
  readonly host: RunningHost;
  readonly url: string;
  readonly lines: readonly LogLine[];
  readonly metrics: Metrics;
  /** Replaces the registry's view; `undefined` is a registry that never answered. */
  show(view: FleetView | undefined): void;
}

const SHARING = {
  registryToken: 'token-of-the-operator',
  maxHeldRequests: 10_000,
  automaticQuarantine: true,
  quarantineSaturating: false,
};

export interface FakeFleetOptions {
  readonly view?: FleetView;
  readonly forwarded?: Partial<ForwardedRules>;
  readonly limits?: Partial<BalancerLimits>;
  readonly requestTimeoutMs?: number;
  readonly engine?: EngineSettings['transport'];
  readonly secureListen?: SecureListen;
  readonly fleetSecret?: string;
}

export function viewOf(instances: readonly Instance[], routes: readonly Route[] = defaultRoutes): RegistryView {
  return RegistryView.of({
    format: 1,
    fleetId: 'test',
    number: 1,
    feeds: [],
    keys: [],
    families: [...defaultFamilies],
    instances: [...instances],
    routes: [...routes],
    sources: [],
    reroutes: [],
    quarantines: [],
    datacenters: [],
  });
}

export function instanceAt(id: string, family: string, port: number): Instance {
  return instanceSchema.parse({ id, family, url: `http://127.0.0.1:${port}` });
}

/** An endpoint that answers with its name and what it was asked. */
export async function startEndpoint(
  cleanup: Cleanup,
  { id, family, handler }: { readonly id: string; readonly family: string; readonly handler?: RequestListener },
): Promise<{ readonly instance: Instance; readonly upstream: HttpUpstream }> {
  const upstream = await startHttpUpstream(
    cleanup,
    handler ??
      ((request, response) => {
        request.resume();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ id, method: request.method, path: request.url, headers: request.headers }));
      }),
  );
  return { instance: instanceAt(id, family, upstream.port), upstream };
}

export async function startFleet(cleanup: Cleanup, options: FakeFleetOptions): Promise<FakeFleet> {
  const lines: LogLine[] = [];
  const log = recordingLog(lines);
  const metrics = createMetrics({ service: 'balancer', instance: 'balancer-1' });
  const transport = await createTransport({
    transport: options.engine ?? 'connector',
    connectTimeoutMs: 1_000,
    discardTimeoutMs: 5_000,
  });
  let view: FleetView | undefined = options.view;
  const settings = { ...SHARING, fleetSecret: options.fleetSecret };
  const watch = feedWatch(settings, { log, metrics });
  const sharing = composeSharing(settings, { known: () => view, watch, writesGrant: () => undefined, log, metrics });
  const handler = createBalancerHandler({
    fleet: () => {
      if (view === undefined) throw new Error('never any view');
      return view;
    },
    ...sharing,
    transport,
    forwarded: {
      isTrusted: () => false,
      dialect: 'x-forwarded',
      publicUrl: undefined,
      pathPrefix: '',
      ...options.forwarded,
    },
    limits: {
      idleTimeoutMs: 5_000,
      maxBodyBytes: 1_000_000,
      maxUrlBytes: 1_000,
      discardTimeoutMs: 5_000,
      ...options.limits,
    },
    meter: new TrafficMeter({ now: () => performance.now() }),
    log: new ExchangeLog({ log, metrics, families: () => view?.families ?? [], now: () => performance.now() }),
    metrics,
    now: () => performance.now(),
    wallClock: Date.now,
  });
  const host = await startHost({
    service: 'balancer',
    instance: 'balancer-1',
    listen: { host: '127.0.0.1', port: 0 },
    opsListen: { host: '127.0.0.1', port: 0 },
    ...(options.secureListen === undefined ? {} : { secureListen: options.secureListen }),
    log,
    metrics,
    handler,
    limits: { requestTimeoutMs: options.requestTimeoutMs ?? 5_000 },
    drainMs: 0,
  });
  cleanup.add(() => {
    void host.drain();
    transport.close();
  });
  return { host, url: host.url, lines, metrics, show: (next) => (view = next) };
}
