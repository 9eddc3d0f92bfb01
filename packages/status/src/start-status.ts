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
import { isDamage, StatusDatabase } from './storage/status-database.ts';
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
  > &
    // Metrics tell what is for operators, and the page is for everybody.
    Required<Pick<HostOptions, 'opsListen'>>;
  readonly log: Logger;
  /** Called once, and once more when the data turn out to be damaged: a metric is declared once. */
  readonly newMetrics: () => Metrics;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export interface RunningStatus {
  readonly url: string;
  readonly port: number;
  /** Of the listener for metrics and health. */
  readonly opsUrl: string;
  /** Ends the parts, then requests under way, then closes the data. Idempotent. */
  drain(): Promise<void>;
}

interface Opened {
  readonly database: StatusDatabase;
  readonly metrics: Metrics;
  readonly core: StatusCore;
  readonly parts: readonly StatusPart[];
}

/** Damage of what a part reads at its start shows only there: reading a whole file at each start would take long. */
function openAll(options: StartStatusOptions): Opened {
  const { databaseFile, parts, log } = options;
  const lists = [{ name: 'samples', migrations: sampleMigrations }, ...parts];
  const tell = (cause?: unknown): void => {
    const error = new Error(`${databaseFile} could not be read; it is kept as ${databaseFile}.damaged`, { cause });
    log.error('the data of the status page was damaged and began anew', error);
  };
  const database = StatusDatabase.open(databaseFile, lists);
  if (database.isNewForDamage) tell();
  try {
    return openParts(options, database);
  } catch (cause) {
    if (database.isNewForDamage || !isDamage(cause)) throw cause;
    const anew = StatusDatabase.openAnew(databaseFile, lists);
    tell(cause);
    return openParts(options, anew);
  }
}

function openParts(options: StartStatusOptions, database: StatusDatabase): Opened {
  try {
    const metrics = options.newMetrics();
    const core = new StatusCore({ ...options, metrics, database });
    const parts = options.parts.map(({ open }) => open(core));
    core.useParts(parts);
    return { database, metrics, core, parts };
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** @returns when the page is served. */
export async function startStatus(options: StartStatusOptions): Promise<RunningStatus> {
  const { settings, log } = options;
  const { database, metrics, core, parts } = openAll(options);
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
  log.info('operations listener', { 'url.full': host.opsUrl });
  core.start(host.url);
  startParts(parts, log);
  let ended: Promise<void> | undefined;
  const drain = (): Promise<void> => (ended ??= end({ core, parts, host, database }));
  return { url: host.url, port: host.port, opsUrl: host.opsUrl, drain };
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
