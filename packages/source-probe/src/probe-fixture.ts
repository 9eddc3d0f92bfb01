/** A prober over real sources on this machine, with a registry that keeps what it is told, and a clock that tests move. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { createMetrics } from '@feedfleet/host';
import { EMPTY_SNAPSHOT, RegistryView, sourceReportsSchema, sourceSchema } from '@feedfleet/registry-client';
import type { Clock, Source, SourceReports } from '@feedfleet/registry-client';

import { openSourceProber } from './open-source-prober.ts';
import type { RunningProber } from './open-source-prober.ts';

export const FLEET_SECRET = 'a fleet secret of tests that is long enough';
const at = '2030-01-01T00:00:00.000Z';

export interface Listening {
  readonly origin: string;
  close(): Promise<void>;
}

export async function listen(handler: RequestListener): Promise<Listening> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A v3 source that has nothing, and says so. */
export const emptySource: RequestListener = ({ url, headers }, response) => {
  if (url !== '/index.json') {
    response.writeHead(404).end();
    return;
  }
  const resources = [{ '@id': `http://${headers.host ?? ''}/reg/`, '@type': 'RegistrationsBaseUrl/3.6.0' }];
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ version: '3.0.0', resources }));
};

export function foreignSourceAt(url: string, rest: Partial<Source> = {}): Source {
  return sourceSchema.parse({
    ...{ id: 'source-0123456789abcdef', feed: 'open', name: 'outside', position: 0, allowPrivateAddresses: true },
    ...{ target: { kind: 'foreign', protocol: 'v3', url }, credential: null, createdAt: at },
    ...{ loop: { state: 'pending', checkedAt: null } },
    ...rest,
  });
}

/** Time stands still until it is moved. */
class HandClock implements Clock {
  #now = Date.parse(at);
  readonly #sleeps = new Set<{ readonly until: number; readonly resolve: () => void }>();
  readonly #watchers = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleep = { until: this.#now + milliseconds, resolve };
      signal.addEventListener('abort', () => {
        this.#sleeps.delete(sleep);
        reject(signal.reason as Error);
      });
      if (signal.aborted) reject(signal.reason as Error);
      else this.#sleeps.add(sleep);
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Resolves as soon as somebody sleeps for so long. */
  async sleepOf(milliseconds: number): Promise<void> {
    while (![...this.#sleeps].some(({ until }) => until - this.#now === milliseconds)) {
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          this.#watchers.delete(watcher);
          resolve();
        };
        this.#watchers.add(watcher);
      });
    }
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const sleep of this.#sleeps) {
      if (sleep.until > this.#now) continue;
      this.#sleeps.delete(sleep);
      sleep.resolve();
    }
  }
}

export class ProbeFixture {
  readonly clock = new HandClock();
  readonly reports: SourceReports['reports'][number][] = [];
  readonly #caught = new Set<string>();
  readonly #listeners = new Set<(view: RegistryView) => void>();
  #view = RegistryView.of({
    ...EMPTY_SNAPSHOT,
    ...{ fleetId: 'tests', number: 0 },
    keys: [],
  });
  #server: Listening | undefined;
  #prober: RunningProber | undefined;

  async open(...sources: readonly Source[]): Promise<void> {
    this.#server = await listen((request, response) => {
      void json(request).then((body) => {
        const answer = this.#record(sourceReportsSchema.parse(body));
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    for (const source of sources) this.put(source);
    this.#prober = openSourceProber({
      ...{ fleetSecret: FLEET_SECRET, balancerUrl: 'http://127.0.0.1:1', registryToken: 'x', environment: {} },
      ...{ registryUrl: this.#server.origin, clock: this.clock, random: () => 0.5 },
      registry: {
        current: () => this.#view,
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      metrics: createMetrics({ service: 'tests', instance: 'tests' }),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
  }

  put(source: Source): void {
    this.#view = this.#view.apply({
      ...{ number: this.#view.number + 1, at, actor: 'tests', summary: '' },
      operations: [{ entity: 'source', id: source.id, value: source }],
    });
    for (const listener of this.#listeners) listener(this.#view);
  }

  stateOf(id: string): string | undefined {
    return this.#view.sourceById(id)?.loop?.state;
  }

  /** Resolves when the registry was told so often. */
  async reported(times: number): Promise<void> {
    while (this.reports.length < times) {
      await new Promise<void>((resolve) => this.#listeners.add(() => resolve()));
    }
  }

  /** What an endpoint tells that got the probe. */
  catch(report: Omit<SourceReports['reports'][number], 'state'>): void {
    this.#record({ reports: [{ ...report, state: 'caught' }] });
  }

  async close(): Promise<void> {
    await this.#prober?.close();
    await this.#server?.close();
  }

  /** As the registry does. */
  #record({ reports }: SourceReports): object {
    const isCounted = reports.map((report) => {
      this.reports.push(report);
      const probe = report.probe ?? '';
      if (report.state === 'caught') this.#caught.add(probe);
      const source = this.#view.sourceById(report.source);
      if (source === undefined || (report.state === 'clear' && this.#caught.has(probe))) return false;
      this.put({ ...source, loop: { state: report.state, checkedAt: at } });
      return true;
    });
    const recorded = isCounted.filter(Boolean).length;
    return { recorded, unchanged: 0, outdated: reports.length - recorded };
  }
}
