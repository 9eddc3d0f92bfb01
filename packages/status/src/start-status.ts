/** The status process as a whole: data, parts, report, listener. */
import { startHost } from '@feedfleet/host';
import type { HostOptions, Logger, Metrics } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';

import { openApiText } from './api/openapi.ts';
import { isOperator } from './api/operator-gate.ts';
import { serveOperation } from './api/serve-operation.ts';
import { StatusCore } from './core/status-core.ts';
import type { StatusPart, StatusPartDefinition } from './part.ts';
import { publicReport } from './report/public-report.ts';
import { getStatus } from './report/status-operation.ts';
import type { StatusSettings } from './settings.ts';
import { StatusDatabase } from './storage/status-database.ts';
import { sampleMigrations } from './storage/sample-tables.ts';

export interface StartStatusOptions {
  /** Made, with its folder, when it is missing. */
  readonly databaseFile: string;
  /** In the order in which they start. */
  readonly parts: readonly StatusPartDefinition[];
  readonly settings: StatusSettings;
  readonly host: Pick<
    HostOptions,
    'instance' | 'listen' | 'limits' | 'drainMs' | 'drainDelayMs' | 'restart' | 'traces'
  >;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export interface RunningStatus {
  readonly url: string;
  readonly port: number;
  /** Ends the parts, then requests under way, then closes the data. Idempotent. */
  drain(): Promise<void>;
}

function openDatabase({ databaseFile, parts, log }: StartStatusOptions): StatusDatabase {
  const database = StatusDatabase.open(databaseFile, [{ name: 'samples', migrations: sampleMigrations }, ...parts]);
  if (database.isNewForDamage) {
    const cause = new Error(`${databaseFile} could not be read; it is kept as ${databaseFile}.damaged`);
    log.error('the data of the status page was damaged and began anew', cause);
  }
  return database;
}

/** @returns when the page is served. */
export async function startStatus(options: StartStatusOptions): Promise<RunningStatus> {
  const { settings, log, metrics } = options;
  const database = openDatabase(options);
  const core = new StatusCore({ ...options, database });
  const parts = options.parts.map(({ open }) => open(core));
  core.useParts(parts);
  const operatorToken = settings.registryToken;
  const host = await startHost({
    service: 'status',
    ...options.host,
    log,
    metrics,
    routes: (app, contextOf) => {
      app.get('/openapi.json', (_request, response) => {
        response.set('content-type', 'application/json').send(openApiText());
      });
      serveOperation(app, getStatus, { operatorToken, contextOf }, ({ headers }) =>
        isOperator(headers, operatorToken) ? core.current() : publicReport(core.current()),
      );
      for (const part of parts) part.routes?.(app, contextOf);
    },
  });
  core.start(host.url);
  startParts(parts, log);
  let ended: Promise<void> | undefined;
  const drain = (): Promise<void> => (ended ??= end({ core, parts, host, database }));
  return { url: host.url, port: host.port, drain };
}

/** One that cannot start leaves the page standing. */
function startParts(parts: readonly StatusPart[], log: Logger): void {
  for (const part of parts) {
    try {
      part.start?.();
    } catch (error) {
      log.error('a part of the status process could not start', error, { 'status.part': part.name });
    }
  }
}

interface Ending {
  readonly core: StatusCore;
  readonly parts: readonly StatusPart[];
  readonly host: { drain(): Promise<void> };
  readonly database: StatusDatabase;
}

async function end({ core, parts, host, database }: Ending): Promise<void> {
  for (const part of [...parts].reverse()) await part.stop?.();
  await core.stop();
  await host.drain();
  database.close();
}
