/** Every request, with how it ended, in a file of its own beside the logs of the processes. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Logger, RefusedMessage } from '@feedfleet/host';
import type { Visit } from '../journey.ts';
import type { Traffic } from '../traffic.ts';
import { AccessFile } from './access-file.ts';
import { accessLine } from './access-line.ts';
import type { AccessFacts } from './access-line.ts';

export interface AccessLogOptions {
  readonly dataFolder: string;
  /** Of the balancer: the file is called by it. */
  readonly instance: string;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

export interface AccessEnding {
  readonly family: string;
  readonly servedBy?: string | undefined;
  readonly instance?: string | undefined;
  readonly result: string;
  readonly status: number;
  readonly traffic: Traffic | undefined;
  readonly durationMs: number;
}

/** How those ended that were no request. */
const REFUSED_ENDS: Readonly<Record<RefusedMessage['reason'], string>> = {
  malformed: 'malformed',
  headersTooLarge: 'headers_too_large',
  timeout: 'head_timeout',
  tunnel: 'tunnel',
};
const UNREAD = { requestId: '', method: '', target: '', httpVersion: '', agent: undefined, durationMs: 0 } as const;
const NOWHERE = {
  family: 'none',
  servedBy: 'none',
  instance: undefined,
  feed: undefined,
  trafficClass: undefined,
} as const;

export class AccessLog {
  readonly #file: AccessFile<AccessFacts>;
  readonly #wallClock: () => number;

  constructor({ dataFolder, instance, log, wallClock }: AccessLogOptions) {
    const folder = path.join(dataFolder, 'logs');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, `${instance}.access.log`);
    this.#file = new AccessFile({ file, lineOf: accessLine, log });
    this.#wallClock = wallClock;
  }

  ended({ request, context, client }: Visit, ending: AccessEnding): void {
    const { family, durationMs, traffic } = ending;
    this.#file.write({
      at: this.#wallClock() - durationMs,
      requestId: context.requestId,
      client,
      method: request.method ?? '',
      target: request.url ?? '',
      httpVersion: request.httpVersion,
      status: ending.status,
      end: ending.result,
      family,
      servedBy: ending.servedBy ?? family,
      instance: ending.instance,
      feed: traffic?.feed,
      trafficClass: traffic?.class,
      durationMs,
      agent: request.headers['user-agent'],
    });
  }

  /** Of what was refused before anything of it was known but where it came from. */
  refused({ reason, status, peer }: RefusedMessage): void {
    const facts = { at: this.#wallClock(), client: peer, status, end: REFUSED_ENDS[reason] };
    this.#file.write({ ...UNREAD, ...NOWHERE, ...facts });
  }

  /** Writes what waits. Never rejects. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
