/** The shell of each `main.ts`. */

export interface ComposedProcess {
  /** Told to the supervisor when the process is ready. */
  readonly url?: string;
  drain(): Promise<void>;
}

export interface RunProcessOptions {
  readonly name: string;
  /** Settings -> parts -> listening. `signal` aborts when the process is to end before it is ready. */
  readonly compose: (
    environment: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ) => Promise<ComposedProcess>;
  /** Longest drain, in milliseconds, before the process ends hard. Default 30,000. */
  readonly hardExitMs?: number;
}

/**
 * Runs one process of the fleet until it is told to end.
 *
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
 *     const store = openStore({ ... });
 *     const host = await startHost({ service: 'v2', ...hostOptionsOf(settings), log, metrics, routes: ... });
 *     return {
 *       url: host.url,
 *       drain: async () => {
 *         await host.drain();
 *         store.close();
 *       },
 *     };
 *   },
 * });
 */
export function runProcess(options: RunProcessOptions): Promise<void> {
  return Promise.reject(new Error(`not here yet: ${options.name}`));
}
