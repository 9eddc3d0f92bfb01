/** Every request, with how it ended, in a file of its own beside the logs of the processes. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from '@feedfleet/host';
import type { Visit } from '../journey.ts';
import type { Traffic } from '../traffic.ts';
import { AccessFile } from './access-file.ts';
import { accessLine } from './access-line.ts';

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
  readonly servedBy?: string;
  readonly instance?: string;
  readonly result: string;
  readonly status: number;
  readonly traffic: Traffic | undefined;
  readonly durationMs: number;
}

export class AccessLog {
  readonly #file: AccessFile;
  readonly #wallClock: () => number;

  constructor({ dataFolder, instance, log, wallClock }: AccessLogOptions) {
    const folder = path.join(dataFolder, 'logs');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#file = new AccessFile({ file: path.join(folder, `${instance}.access.log`), log });
    this.#wallClock = wallClock;
  }

  ended({ request, context, client }: Visit, ending: AccessEnding): void {
    const { family, servedBy = family, instance, result, status, traffic, durationMs } = ending;
    this.#file.write(
      accessLine({
        ...{ at: this.#wallClock() - durationMs, requestId: context.requestId, client, status, durationMs },
        ...{ method: request.method ?? '', target: request.url ?? '', httpVersion: request.httpVersion },
        ...{ end: result, family, servedBy, instance, feed: traffic?.feed, trafficClass: traffic?.class },
        agent: request.headers['user-agent'],
      }),
    );
  }

  /** Writes what waits. Never rejects. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
