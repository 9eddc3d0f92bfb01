/**
 * The fleet: registry first, then the families in parallel, then the balancer; a drain goes the other way.
 *
 * A family that does not start keeps nobody else from starting, unless its settings are broken: then only the user can help. The registry that does not start neither, once the others
 * have snapshots to run on. Without the balancer there is no fleet.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import { FAMILIES } from './fleet-process.ts';
import type { FleetProcess, ProcessName } from './fleet-process.ts';
import type { FleetPorts } from './fleet-ports.ts';
import { launchOf } from './launch.ts';
import type { StartedProcesses } from './left-behind.ts';
import type { FleetPlan } from './launch.ts';
import type { Progress } from './progress.ts';
import type { RegistryLink } from './registry-link.ts';
import { DEFAULT_BACKOFF, RestartBackoff } from './restart-backoff.ts';
import { RotatingLog } from './rotating-log.ts';
import { SupervisedProcess } from './supervised-process.ts';
import type { ProcessFailure, StartOutcome } from './supervised-process.ts';

export interface FleetOptions {
  readonly plan: FleetPlan;
  readonly processes: Readonly<Record<ProcessName, FleetProcess>>;
  readonly ports: FleetPorts;
  readonly registry: RegistryLink;
  readonly started: StartedProcesses;
  readonly progress: Progress;
  readonly now: () => number;
  readonly random: () => number;
}

export interface DownProcess {
  readonly name: ProcessName;
  readonly message: string;
  readonly logFile: string;
}

interface FailedProcess {
  readonly name: ProcessName;
  readonly failure: ProcessFailure;
}

export interface StartedFleet {
  readonly down: readonly DownProcess[];
}

/** How long a start of one process may take, in milliseconds. */
const START_TIMEOUT_MS = 60_000;
/** What a process may take to end beyond its drain, in milliseconds. */
const DRAIN_GRACE_MS = 3_000;

export class Fleet {
  readonly #options: FleetOptions;
  readonly #supervised: ReadonlyMap<ProcessName, SupervisedProcess>;
  readonly #logs: ReadonlyMap<ProcessName, RotatingLog>;
  readonly #down = new Map<ProcessName, DownProcess>();
  #started = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    const processes = Object.values(options.processes);
    const logs = new Map(
      processes.map((each) => [
        each.name,
        new RotatingLog({ file: path.join(options.plan.folder.logs, `${each.instance}.log`) }),
      ]),
    );
    this.#logs = logs;
    this.#supervised = new Map(processes.map((each) => [each.name, this.#supervise(each, logs.get(each.name))]));
  }

  /**
   * @throws {ProblemError} when the fleet cannot run: broken settings, no balancer, or no registry and no snapshots. What was
   * started keeps running; `drain` ends it.
   */
  async start(signal: AbortSignal): Promise<StartedFleet> {
    await this.#startRegistry(signal);
    const families = await Promise.all(FAMILIES.map(async (name) => ({ name, outcome: await this.#start(name) })));
    signal.throwIfAborted();
    const broken = families.flatMap(({ name, outcome }) =>
      outcome.outcome === 'failed' && outcome.failure.final ? [{ name, failure: outcome.failure }] : [],
    );
    if (broken.length > 0) throw this.#fatal(broken);
    const balancer = await this.#start('balancer');
    if (balancer.outcome === 'failed') throw this.#fatal([{ name: 'balancer', failure: balancer.failure }]);
    this.#started = true;
    return { down: [...this.#down.values()] };
  }

  /** Never rejects. */
  async drain(): Promise<void> {
    // A signal to the whole process group has reached the processes too: their end is no failure.
    for (const supervised of this.#supervised.values()) supervised.retire();
    const drain = async (name: ProcessName) => this.#supervised.get(name)?.drain(this.#drainLimitMs(name));
    await drain('balancer');
    await Promise.all(FAMILIES.map(drain));
    await drain('registry');
  }

  /** Ends every process at once. */
  kill(): void {
    for (const supervised of this.#supervised.values()) supervised.kill();
  }

  #drainLimitMs(name: ProcessName): number {
    const { settings, environment } = this.#options.plan;
    const delayMs = Number(settings.processes[name]?.drainDelayMs ?? environment.FEEDFLEET_DRAIN_DELAY_MS ?? 0);
    return settings.drainMs + (Number.isFinite(delayMs) ? delayMs : 0) + DRAIN_GRACE_MS;
  }

  #supervise(process: FleetProcess, log = new RotatingLog({ file: process.instance })): SupervisedProcess {
    const { plan, ports, started, now, random } = this.#options;
    return new SupervisedProcess({
      name: process.name,
      launch: async (signal) => launchOf(process, await ports.claim(process, signal), plan, ports),
      log,
      backoff: new RestartBackoff(DEFAULT_BACKOFF, random),
      startTimeoutMs: START_TIMEOUT_MS,
      now,
      onSpawned: (id) => started.started(process.instance, id),
      onReady: (url) => this.#onReady(process, url),
      onFailure: (failure) => this.#onFailure(process, failure),
    });
  }

  async #start(name: ProcessName): Promise<StartOutcome> {
    const begun = this.#options.now();
    const outcome = await (this.#supervised.get(name)?.start() ?? Promise.reject(new Error(name)));
    const tookMs = this.#options.now() - begun;
    if (outcome.outcome === 'ready') {
      if (FAMILIES.includes(name)) await this.#options.registry.registered();
      this.#options.progress.ready(name, tookMs);
    }
    return outcome;
  }

  async #startRegistry(signal: AbortSignal): Promise<void> {
    const { folder } = this.#options.plan;
    const outcome = await this.#start('registry');
    signal.throwIfAborted();
    if (outcome.outcome === 'ready') return;
    const { code } = outcome.failure;
    const settingsFault = code === 'FF_PORT_TAKEN' || outcome.failure.final;
    if (settingsFault || !hasSnapshots(folder.snapshots))
      throw this.#fatal([{ name: 'registry', failure: outcome.failure }]);
  }

  #onReady(process: FleetProcess, url: string): void {
    const { registry, progress } = this.#options;
    this.#down.delete(process.name);
    if (FAMILIES.includes(process.name)) registry.register({ id: process.instance, family: process.name, url });
    if (process.name === 'registry') registry.reachable();
    if (this.#started) progress.back(process.name);
  }

  #onFailure(process: FleetProcess, failure: ProcessFailure): void {
    const logFile = this.#logs.get(process.name)?.file ?? '';
    this.#down.set(process.name, { name: process.name, message: failure.message, logFile });
    // What the process itself says of its settings ends the start, and is told with that end.
    if (!this.#started && failure.final && failure.code !== undefined) return;
    this.#options.progress.failed(process.name, failure, this.#logs.get(process.name)?.lastLines ?? []);
  }

  /** @param failures - at least one; several when there are several to be corrected. */
  #fatal(failures: readonly FailedProcess[]): ProblemError {
    const isTaken = failures.some(({ failure }) => failure.code === 'FF_PORT_TAKEN');
    const isFinal = failures.some(({ failure }) => failure.final);
    const problem = isTaken ? 'portTaken' : isFinal ? 'invalidSettings' : 'startFailed';
    const title = `${problemRegistry[problem].title}: `;
    const sentences = failures.map(({ name, failure: { message } }) => {
      // The process has told it under the same title.
      const what = message.startsWith(title) ? message.slice(title.length) : message;
      return `${name}: ${what} (its log is ${this.#logs.get(name)?.file ?? ''})`;
    });
    return new ProblemError(problem, { detail: sentences.join('; ') });
  }
}

function hasSnapshots(folder: string): boolean {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}
