/**
 * The fleet: registry first, then the families in parallel, then the balancer; a drain goes the other way. The status page is begun
 * before all of them and ended after them; nobody waits for it, and nothing that goes wrong with it is the fleet's failure.
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
import { DEFAULT_BACKOFF, RestartBackoff } from './restart-backoff.ts';
import { RotatingLog } from './rotating-log.ts';
import type { StandingBack } from './standing-back.ts';
import { SupervisedProcess } from './supervised-process.ts';
import type { ProcessFailure, StartOutcome } from './supervised-process.ts';

export interface FleetOptions {
  readonly plan: FleetPlan;
  readonly processes: readonly FleetProcess[];
  readonly ports: FleetPorts;
  readonly started: StartedProcesses;
  readonly progress: Progress;
  /** `undefined` where the kernel does not share the processors by session. */
  readonly standingBack: StandingBack | undefined;
  readonly now: () => number;
  readonly random: () => number;
}

export interface DownProcess {
  readonly name: ProcessName;
  readonly label: string;
  readonly message: string;
  readonly logFile: string;
}

interface FailedProcess {
  readonly process: FleetProcess;
  readonly failure: ProcessFailure;
}

export interface StartedFleet {
  readonly down: readonly DownProcess[];
}

/** How long a start of one process may take, in milliseconds. */
const START_TIMEOUT_MS = 60_000;
/** What a process may take to end beyond its drain, in milliseconds. */
const DRAIN_GRACE_MS = 3_000;

/** A process, what keeps it up, and where it writes. */
interface Member {
  readonly process: FleetProcess;
  readonly supervised: SupervisedProcess;
  readonly log: RotatingLog;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #members: readonly Member[];
  /** By instance. */
  readonly #down = new Map<string, DownProcess>();
  /** Instances that were ready or failed before. */
  readonly #seen = new Set<string>();
  #started = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#members = options.processes.map((process) => {
      const log = new RotatingLog({ file: path.join(options.plan.folder.logs, `${process.instance}.log`) });
      return { process, log, supervised: this.#supervise(process, log) };
    });
  }

  /**
   * @throws {ProblemError} when the fleet cannot run: broken settings, no balancer, or no registry and no snapshots. What was
   * started keeps running; `drain` ends it.
   */
  async start(signal: AbortSignal): Promise<StartedFleet> {
    for (const member of this.#named('status')) void this.#startOf(member);
    await this.#startRegistry(signal);
    const families = await Promise.all(this.#families().map(async (member) => this.#startOf(member)));
    signal.throwIfAborted();
    const broken = families.flatMap(({ process, outcome }) =>
      outcome.outcome === 'failed' && outcome.failure.final ? [{ process, failure: outcome.failure }] : [],
    );
    if (broken.length > 0) throw this.#fatal(broken);
    for (const member of this.#named('balancer')) {
      const { process, outcome } = await this.#startOf(member);
      if (outcome.outcome === 'failed') throw this.#fatal([{ process, failure: outcome.failure }]);
    }
    this.#started = true;
    return { down: [...this.#down.values()] };
  }

  /** Never rejects. */
  async drain(): Promise<void> {
    // A signal to the whole process group has reached the processes too: their end is no failure.
    for (const { supervised } of this.#members) supervised.retire();
    const drain = async ({ process, supervised }: Member) => supervised.drain(this.#drainLimitMs(process.name));
    await Promise.all(this.#named('balancer').map(drain));
    await Promise.all(this.#families().map(drain));
    await Promise.all(this.#named('registry').map(drain));
    await Promise.all(this.#named('status').map(drain));
  }

  /** Ends every process at once. */
  kill(): void {
    for (const { supervised } of this.#members) supervised.kill();
  }

  #drainLimitMs(name: ProcessName): number {
    const { settings, environment } = this.#options.plan;
    const delayMs = Number(settings.processes[name]?.drainDelayMs ?? environment.FEEDFLEET_DRAIN_DELAY_MS ?? 0);
    return settings.drainMs + (Number.isFinite(delayMs) ? delayMs : 0) + DRAIN_GRACE_MS;
  }

  #named(name: ProcessName): readonly Member[] {
    return this.#members.filter(({ process }) => process.name === name);
  }

  #families(): readonly Member[] {
    return this.#members.filter(({ process }) => FAMILIES.includes(process.name));
  }

  #supervise(process: FleetProcess, log: RotatingLog): SupervisedProcess {
    const { plan, ports, started, progress, standingBack, now, random } = this.#options;
    return new SupervisedProcess({
      name: process.instance,
      launch: async (signal) => launchOf(process, await ports.claim(process, signal), plan, ports),
      log,
      ownSession: standingBack !== undefined,
      backoff: new RestartBackoff(DEFAULT_BACKOFF, random),
      startTimeoutMs: START_TIMEOUT_MS,
      now,
      onSpawned: (id) => started.started(process.instance, id),
      onReady: (_url, id) => this.#onReady(process, id),
      onRestart: () => {
        standingBack?.forget(process.instance);
        progress.restarts(process.label);
      },
      onFailure: (failure) => this.#onFailure(process, log, failure),
    });
  }

  async #startOf({ process, supervised }: Member): Promise<{ process: FleetProcess; outcome: StartOutcome }> {
    const { now, progress } = this.#options;
    const begun = now();
    const outcome = await supervised.start();
    if (outcome.outcome === 'ready') progress.ready(process.label, now() - begun);
    return { process, outcome };
  }

  async #startRegistry(signal: AbortSignal): Promise<void> {
    const { folder } = this.#options.plan;
    for (const member of this.#named('registry')) {
      const { process, outcome } = await this.#startOf(member);
      signal.throwIfAborted();
      if (outcome.outcome === 'ready') continue;
      const { failure } = outcome;
      const settingsFault = failure.code === 'FF_PORT_TAKEN' || failure.final;
      if (settingsFault || !hasSnapshots(folder.snapshots)) throw this.#fatal([{ process, failure }]);
    }
  }

  #onReady({ name, instance, label }: FleetProcess, id: number): void {
    this.#down.delete(instance);
    // The others never do: all families wait for them.
    if (FAMILIES.includes(name)) this.#options.standingBack?.watch(instance, { id, label });
    if (this.#started && this.#seen.has(instance)) this.#options.progress.back(label);
    this.#seen.add(instance);
  }

  #onFailure({ name, instance, label }: FleetProcess, log: RotatingLog, failure: ProcessFailure): void {
    this.#options.standingBack?.forget(instance);
    this.#down.set(instance, { name, label, message: failure.message, logFile: log.file });
    this.#seen.add(instance);
    // What the process itself says of its settings ends the start, and is told with that end.
    if (!this.#started && failure.final && failure.code !== undefined && name !== 'status') return;
    this.#options.progress.failed(label, failure, log.lastLines);
  }

  /** @param failures - at least one; several when there are several to be corrected. */
  #fatal(failures: readonly FailedProcess[]): ProblemError {
    const isTaken = failures.some(({ failure }) => failure.code === 'FF_PORT_TAKEN');
    const isFinal = failures.some(({ failure }) => failure.final);
    const problem = isTaken ? 'portTaken' : isFinal ? 'invalidSettings' : 'startFailed';
    const title = `${problemRegistry[problem].title}: `;
    const sentences = failures.map(({ process, failure: { message } }) => {
      // The process has told it under the same title.
      const what = message.startsWith(title) ? message.slice(title.length) : message;
      const log = this.#members.find((member) => member.process === process)?.log;
      return `${process.label}: ${what} (its log is ${log?.file ?? ''})`;
    });
    return new ProblemError(problem, { detail: sentences.join('; ') });
  }
}

function hasSnapshots(folder: string): boolean {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile());
}
