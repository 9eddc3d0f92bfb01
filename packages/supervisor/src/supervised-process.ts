/**
 * One process under supervision: started, waited for until it is ready, started again when it dies, drained at the end.
 *
 * The channel (`ipc`) tells the supervisor when the process is ready or why it failed, and tells the process when to drain;
 * it also closes when the supervisor dies in whatever way, which ends the process.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessMessage } from '@feedfleet/host';
import { z } from 'zod';
import { waitUntilReady } from './readiness.ts';
import type { RestartBackoff } from './restart-backoff.ts';
import type { RotatingLog } from './rotating-log.ts';

/** What is needed to start it; asked before each start, because a port may have been taken meanwhile. */
export interface Launch {
  readonly entry: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface ProcessFailure {
  /** Of the error registry, when the process said what is wrong. */
  readonly code: string | undefined;
  /** One sentence. */
  readonly message: string;
  /** Whether another start is of use. */
  readonly final: boolean;
}

export interface SupervisedProcessOptions {
  readonly name: string;
  readonly launch: (signal: AbortSignal) => Promise<Launch>;
  readonly log: RotatingLog;
  /** Whether it gets a session of its own, which the kernel gives a share of the processors. */
  readonly ownSession: boolean;
  readonly backoff: RestartBackoff;
  /** How long a start may take, in milliseconds. */
  readonly startTimeoutMs: number;
  /** Milliseconds, from any start. */
  readonly now: () => number;
  readonly onSpawned: (id: number) => void;
  readonly onReady: (url: string, id: number) => void;
  /** It was asked to end and be started anew. */
  readonly onRestart: () => void;
  readonly onFailure: (failure: ProcessFailure) => void;
}

interface End {
  readonly failure: ProcessFailure;
  /** For how long it was ready; 0 when it never was. */
  readonly upMs: number;
  /** Whether it said before that it ends to be started anew, and ended well. */
  readonly isAsked: boolean;
}

export type StartOutcome =
  | { readonly outcome: 'ready'; readonly url: string }
  | { readonly outcome: 'failed'; readonly failure: ProcessFailure };

/** Source: BSD `sysexits.h`, EX_CONFIG. The host ends with it when settings are broken. */
export const SETTINGS_EXIT_CODE = 78;

const messageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), url: z.string() }),
  z.object({ type: z.literal('restarting') }),
  z.object({ type: z.literal('failed'), code: z.string(), message: z.string() }),
]) satisfies z.ZodType<ProcessMessage>;

export class SupervisedProcess {
  readonly #options: SupervisedProcessOptions;
  readonly #stopping = new AbortController();
  readonly #firstOutcome = Promise.withResolvers<StartOutcome>();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SupervisedProcessOptions) {
    this.#options = options;
  }

  /** Starts it and keeps it up. @returns what became of the first start. */
  start(): Promise<StartOutcome> {
    this.#running ??= this.#keepUp();
    return this.#firstOutcome.promise;
  }

  /** From now on it may end without being started again, and ends with its supervisor. */
  retire(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#send('ending');
  }

  /** Tells it to drain and waits for its end; what is still there after `limitMs` is killed. */
  async drain(limitMs: number): Promise<void> {
    this.retire();
    if (!this.#send('drain')) this.#child?.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), limitMs);
    await this.#running;
    clearTimeout(timer);
  }

  /** @returns whether it can be told anything. */
  #send(type: 'ending' | 'drain'): boolean {
    if (this.#child?.connected !== true) return false;
    this.#child.send({ type }, () => undefined);
    return true;
  }

  /** Ends it at once. */
  kill(): void {
    this.retire();
    this.#child?.kill('SIGKILL');
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const { failure, upMs, isAsked } = await this.#runOnce(signal);
      if (this.#isStopping()) break;
      if (isAsked) continue;
      this.#firstOutcome.resolve({ outcome: 'failed', failure });
      this.#options.onFailure(failure);
      if (failure.final) break;
      await delay(this.#options.backoff.nextDelayMs(upMs), undefined, { signal }).catch(() => undefined);
    }
    this.#options.log.close();
    const message = 'it was told to end';
    this.#firstOutcome.resolve({ outcome: 'failed', failure: { code: undefined, message, final: true } });
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #runOnce(signal: AbortSignal): Promise<End> {
    try {
      const launch = await this.#options.launch(signal);
      if (signal.aborted) return { failure: ended('it was told to end'), upMs: 0, isAsked: false };
      return await this.#runChild(launch);
    } catch (error) {
      return { failure: ended(error instanceof Error ? error.message : String(error)), upMs: 0, isAsked: false };
    }
  }

  #runChild(launch: Launch): Promise<End> {
    const { log, now, startTimeoutMs } = this.#options;
    log.forgetLines();
    const child = spawn(process.execPath, [...launch.flags, launch.entry], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: launch.environment,
      windowsHide: true,
      detached: this.#options.ownSession,
    });
    this.#child = child;
    if (child.pid !== undefined) this.#options.onSpawned(child.pid);
    const ended = new AbortController();
    const late = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
    let said: { readonly code: string; readonly message: string } | undefined;
    let readyAt: number | undefined;
    let isRestarting = false;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => log.write(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => log.write(text));
    child.on('message', (raw) => {
      const { data: message } = messageSchema.safeParse(raw);
      if (message?.type === 'failed') said = message;
      if (message?.type === 'restarting') {
        isRestarting = true;
        this.#options.onRestart();
      }
      if (message?.type !== 'ready') return;
      void waitUntilReady(message.url, ended.signal).then((ready) => {
        if (!ready) return;
        clearTimeout(late);
        readyAt = now();
        this.#firstOutcome.resolve({ outcome: 'ready', url: message.url });
        this.#options.onReady(message.url, child.pid ?? 0);
      });
    });
    return new Promise((resolve) => {
      const end = (code: number | null, how: string) => {
        clearTimeout(late);
        ended.abort();
        this.#child = undefined;
        const failure = failureOf({ code, how, said, wasReady: readyAt !== undefined });
        resolve({ failure, upMs: readyAt === undefined ? 0 : now() - readyAt, isAsked: isRestarting && code === 0 });
      };
      child.on('error', (error) => end(null, error.message));
      child.on('close', (code, signalName) => end(code, signalName ?? `code ${code ?? 0}`));
    });
  }
}

function ended(message: string): ProcessFailure {
  return { code: undefined, message, final: false };
}

function failureOf(end: {
  readonly code: number | null;
  readonly how: string;
  readonly said: { readonly code: string; readonly message: string } | undefined;
  readonly wasReady: boolean;
}): ProcessFailure {
  const usual = end.wasReady ? `it ended (${end.how})` : `it ended before it was ready (${end.how})`;
  return { code: end.said?.code, message: end.said?.message ?? usual, final: end.code === SETTINGS_EXIT_CODE };
}
