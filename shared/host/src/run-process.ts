/**
 * The shell of each `main.ts`: signals, the supervisor's channel, exit codes. Nothing else reads the environment or exits.
 *
 * The channel to the supervisor is also what tells that it is gone: it closes however the supervisor died, also by kill -9. Then a
 * process ends, unless it is one that goes on alone and the supervisor did not say before that it ends.
 *
 * Source: BSD `sysexits.h`, EX_CONFIG (78) for broken settings; Node.js, "Child process", event 'disconnect'.
 */
import { ProblemError } from '@feedfleet/problems';
import { createLogger } from './create-logger.ts';
import { hardExitMsOf } from './hard-exit.ts';
import type { Logger } from './logger.ts';

export interface ComposedProcess {
  /** Told to the supervisor when the process is ready. */
  readonly url?: string;
  drain(): Promise<void>;
  /**
   * Called once when the supervisor was killed: the process goes on. `end` drains it. Without this it ends with its supervisor.
   *
   * @returns where is logged from then on.
   */
  goOnAlone?(end: () => void): Logger;
}

export interface RunProcessOptions {
  readonly name: string;
  /**
   * Settings -> parts -> listening. `signal` aborts when the process is to end, also before it is ready. `restart` drains and ends
   * the process with code 0, and tells its supervisor to start it anew at once.
   */
  readonly compose: (
    environment: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
    restart: () => void,
  ) => Promise<ComposedProcess>;
  /** Longest drain, in milliseconds, before the process ends hard. Default: by the settings, and at least 30,000. */
  readonly hardExitMs?: number;
  /** The process to run in. Default: this one. */
  readonly shell?: NodeJS.Process;
}

/** Exit code for broken settings: starting again without a change is of no use. */
export const SETTINGS_EXIT_CODE = 78;

/** What a process tells its supervisor. */
export type ProcessMessage =
  | { readonly type: 'ready'; readonly url: string | undefined }
  /** It ends because it was asked to be started anew. */
  | { readonly type: 'restarting' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/**
 * Runs one process of the fleet until it is told to end: SIGTERM, SIGINT (not under a supervisor, which gets it too and says
 * when), the message `{ type: 'drain' }`, or the end of the supervisor, which `{ type: 'ending' }` announces. Then it drains and ends with code 0.
 *
 * @returns when the process is ready, or has failed to start.
 * @example
 * // endpoints/v2/src/main.ts
 * const schema = z.strictObject({ ...hostSettingsShape });
 *
 * await runProcess({
 *   name: 'v2',
 *   compose: async (environment, signal) => {
 *     const settings = loadSettings(schema, { environment, prefix: 'FEEDFLEET_' });
 *     const log = createLogger({ service: 'v2', instance: settings.instance, level: settings.logLevel });
 *     const metrics = createMetrics({ service: 'v2', instance: settings.instance });
 *     const parts = await openParts({ settings, log, metrics, signal });
 *     const host = await startHost({ service: 'v2', ...hostOptionsOf(settings), log, metrics, routes: parts.routes });
 *     return {
 *       url: host.url,
 *       drain: async () => {
 *         await host.drain();
 *         await parts.close();
 *       },
 *     };
 *   },
 * });
 */
export async function runProcess(options: RunProcessOptions): Promise<void> {
  const shell = new ProcessShell(options, options.shell ?? process);
  await shell.run();
}

class ProcessShell {
  readonly #options: RunProcessOptions;
  readonly #process: NodeJS.Process;
  readonly #ending = new AbortController();
  #log: Logger;
  #composed: ComposedProcess | undefined;
  #supervised = false;
  /** Whether the supervisor has said that it ends. */
  #isAnnounced = false;

  constructor(options: RunProcessOptions, shell: NodeJS.Process) {
    this.#options = options;
    this.#process = shell;
    const instance = shell.env.FEEDFLEET_INSTANCE ?? options.name;
    this.#log = createLogger({ service: options.name, instance, level: 'info' });
  }

  async run(): Promise<void> {
    this.#listen();
    try {
      const composed = await this.#options.compose(this.#process.env, this.#ending.signal, () => this.#restart());
      this.#composed = composed;
      if (this.#ending.signal.aborted) await this.#drain(composed);
      else this.#tell({ type: 'ready', url: composed.url });
    } catch (error) {
      if (this.#ending.signal.aborted) this.#leave();
      else this.#fail(error);
    }
  }

  #listen(): void {
    const shell = this.#process;
    this.#supervised = shell.channel != null;
    shell.on('SIGTERM', () => this.#end());
    shell.on('SIGINT', () => {
      if (!this.#supervised) this.#end();
    });
    // A terminal that closes sends it to the whole group.
    shell.on('SIGHUP', () => {
      if (!this.#supervised) this.#end();
    });
    if (this.#supervised) {
      shell.on('message', (message) => {
        const type = (message as { readonly type?: unknown } | null)?.type;
        if (type === 'ending') this.#isAnnounced = true;
        if (type === 'drain') this.#begin();
      });
      shell.on('disconnect', () => this.#loseSupervisor());
    }
    // The reader of these may be gone, for example after kill -9 of the supervisor; that must not keep from draining.
    shell.stdout.on('error', () => undefined);
    shell.stderr.on('error', () => undefined);
    shell.on('uncaughtException', (error) => this.#crash(error));
    shell.on('unhandledRejection', (reason) => this.#crash(reason));
  }

  /** A signal: the first one drains, the second one ends at once. */
  #end(): void {
    if (this.#ending.signal.aborted) this.#process.exit(1);
    this.#begin();
  }

  #loseSupervisor(): void {
    const composed = this.#composed;
    if (this.#ending.signal.aborted || this.#isAnnounced || composed?.goOnAlone === undefined) {
      this.#begin();
      return;
    }
    this.#supervised = false;
    this.#log = composed.goOnAlone(() => this.#begin());
  }

  #restart(): void {
    if (this.#ending.signal.aborted) return;
    this.#tell({ type: 'restarting' });
    this.#begin();
  }

  #begin(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    const hardExitMs = this.#options.hardExitMs ?? hardExitMsOf(this.#process.env);
    setTimeout(() => {
      this.#log.warn('ended hard', { 'drain.limit_ms': hardExitMs });
      this.#process.exit(1);
    }, hardExitMs).unref();
    if (this.#composed !== undefined) void this.#drain(this.#composed);
  }

  async #drain(composed: ComposedProcess): Promise<void> {
    try {
      await composed.drain();
      this.#leave();
    } catch (error) {
      this.#crash(error);
    }
  }

  /** Lets the event loop end by itself, so that nothing that was begun is cut. */
  #leave(): void {
    this.#process.exitCode = 0;
    if (this.#process.connected) this.#process.disconnect();
  }

  #fail(error: unknown): void {
    const known = error instanceof ProblemError;
    if (known) this.#process.stderr.write(`${this.#options.name}: ${error.message}. ${error.definition.solve}\n`);
    else this.#log.error('failed to start', error);
    const code = known ? error.code : 'FF_INTERNAL';
    this.#tell({ type: 'failed', code, message: known ? error.message : String(error) });
    this.#exitAfterWriting(code === 'FF_INVALID_SETTINGS' ? SETTINGS_EXIT_CODE : 1);
  }

  #crash(error: unknown): void {
    this.#log.error('crashed', error);
    this.#exitAfterWriting(1);
  }

  /** A turn of the event loop lets the log line and the message out. */
  #exitAfterWriting(code: number): void {
    setImmediate(() => this.#process.exit(code));
  }

  #tell(message: ProcessMessage): void {
    if (this.#process.connected) this.#process.send?.(message);
  }
}
