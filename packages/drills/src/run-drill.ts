/** Runs a drill: quiet, fault and recovery in one run of load, then the verdict. */
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun, processesOfFleet, ProcessSampler, thisMachine } from '@feedfleet/load';
import type { LoadGroup, LoadReport, RunDocument, RunProcess } from '@feedfleet/load';

import type { Drill, Finding, Phase, Scene } from './drill.ts';
import { FAMILIES, familyLoad } from './family-load.ts';
import type { DrillFleet } from './fleet-under-drill.ts';
import { isolation, ms, recovery, undisturbed } from './laws.ts';
import { Stage } from './stage.ts';

export interface DrillRunOptions {
  /** Shorter phases, and laws about latency told instead of judged: for machines that others use too. */
  readonly isShort: boolean;
  /** Whether its guard is in place: the fleet has to have been started so. */
  readonly isGuarded: boolean;
  readonly signal?: AbortSignal;
  /** Told when a phase begins. */
  readonly onPhase?: (phase: Phase) => void;
}

export interface DrillResult {
  readonly drill: Drill;
  readonly isShort: boolean;
  readonly isGuarded: boolean;
  readonly findings: readonly Finding[];
  /** What was measured and is not judged. */
  readonly figures: readonly { readonly name: string; readonly value: string }[];
  readonly report: LoadReport;
  readonly processes: readonly RunProcess[];
  /** The balancer. */
  readonly target: string;
  readonly machine: RunDocument['machine'];
}

const LENGTHS_MS = {
  short: { warmUp: 300, quiet: 800, control: 0, fault: 2_000, recovery: 1_000 },
  full: { warmUp: 3_000, quiet: 10_000, control: 10_000, fault: 15_000, recovery: 10_000 },
} as const;
type LengthName = keyof (typeof LENGTHS_MS)['full'];
/** Of one request: longer than any deadline that is tried here. */
const REQUEST_MS = 20_000;
const RUN_LIMIT_MS = 180_000;
const WELL_LIMIT_MS = 20_000;
const WELL_POLL_MS = 50;

const lengthsOf = ({ isShort }: Pick<DrillRunOptions, 'isShort'>): Readonly<Record<LengthName, number>> =>
  LENGTHS_MS[isShort ? 'short' : 'full'];

/** Whether every law held. */
export const hasHeld = ({ findings }: Pick<DrillResult, 'findings'>): boolean =>
  findings.length > 0 && findings.every(({ outcome }) => outcome === 'held');

/** An error that nobody catches breaks the drill off as Ctrl-C does, so that it is taken back; then it is thrown. */
export async function runDrill(drill: Drill, on: DrillFleet, options: DrillRunOptions): Promise<DrillResult> {
  const uncaught: Error[] = [];
  const broken = new AbortController();
  const breakOff = (error: Error): void => {
    uncaught.push(error);
    broken.abort();
  };
  process.on('uncaughtException', breakOff);
  const signals = [broken.signal, ...(options.signal === undefined ? [] : [options.signal])];
  try {
    return await runOnStage(drill, on, { ...options, signal: AbortSignal.any(signals) });
  } catch (error) {
    for (const cause of uncaught) throw cause;
    throw error;
  } finally {
    process.off('uncaughtException', breakOff);
  }
}

async function runOnStage(drill: Drill, on: DrillFleet, options: BreakableOptions): Promise<DrillResult> {
  const { isShort, isGuarded, signal } = options;
  const stage = new Stage(on, { isShort, isGuarded, signal, faultMs: lengthsOf(options).fault });
  try {
    const steady = await familyLoad(stage);
    const scene = await drill.open(stage);
    const seen = await perform(stage, scene, steady, options);
    const others = FAMILIES.filter((family) => !drill.victims.includes(family));
    const latency = undisturbed(seen.report, others);
    const findings = [
      ...(await scene.judge(seen)),
      isolation(seen.report, others),
      recovery(seen.recoveryMs, WELL_LIMIT_MS),
      ...(isShort ? [] : [latency]),
    ];
    const figures = [
      ...(isShort ? [{ name: 'p99 of the other families', value: `${latency.measured}, ${latency.expected}` }] : []),
      { name: 'p99 of how late the generator was', value: ms(seen.report.lag.quantileMs(0.99)) },
    ];
    const { report, processes } = seen;
    const about = { target: on.fleet.url, machine: thisMachine() };
    return { drill, isShort, isGuarded, findings, figures, report, processes, ...about };
  } finally {
    stage.revoke();
    await stage.close();
  }
}

type BreakableOptions = DrillRunOptions & { readonly signal: AbortSignal };

interface Performed {
  readonly report: LoadReport;
  readonly recoveryMs: number | undefined;
  readonly processes: readonly RunProcess[];
}

async function perform(
  stage: Stage,
  scene: Scene,
  steady: readonly LoadGroup[],
  options: BreakableOptions,
): Promise<Performed> {
  const lengths = lengthsOf(options);
  const own = scene.groups.map(({ rates, ...group }) => ({ ...group, ratePerSecond: rates.quiet ?? 0 }));
  const groups = [...steady, ...own];
  const run = new LoadRun({ groups, phase: 'warm-up', timeoutMs: REQUEST_MS, limitMs: RUN_LIMIT_MS });
  const sampler = new ProcessSampler({
    processes: () => new Map([...processesOfFleet(stage.fleet.data), ['generator', process.pid]]),
    elapsedMs: () => run.elapsedMs,
  });
  const pause = (length: number): Promise<void> => stage.pause(length);
  const enter = (phase: Phase): void => {
    options.onPhase?.(phase);
    run.enter(phase);
    for (const { name, rates } of scene.groups) run.setRate(name, rates[phase] ?? 0);
  };
  let isOver = false;
  try {
    await pause(lengths.warmUp);
    enter('quiet');
    await pause(lengths.quiet);
    if (lengths.control > 0) {
      enter('control');
      await pause(lengths.control);
    }
    enter('fault');
    const begun = scene.begin();
    // Broken off or not, what is still beginning is not ended: it would go on afterwards.
    await Promise.all([begun, pause(lengths.fault)]).finally(() => Promise.allSettled([begun]));
    enter('mending');
    await scene.end();
    isOver = true;
    const recoveryMs = await untilWell(scene, options.signal);
    enter('recovery');
    await pause(lengths.recovery);
    return { report: await run.stop(), recoveryMs, processes: sampler.stop() };
  } finally {
    sampler.stop();
    // What was broken off leaves nothing broken.
    if (!isOver) await scene.end();
    await run.stop();
  }
}

/** @returns how long it took, in milliseconds; undefined when it took too long. */
async function untilWell(scene: Scene, signal: AbortSignal): Promise<number | undefined> {
  const begun = performance.now();
  for (;;) {
    const isWell = await scene.isWell().catch(() => false);
    const tookMs = performance.now() - begun;
    if (isWell) return tookMs;
    if (tookMs > WELL_LIMIT_MS) return undefined;
    await delay(WELL_POLL_MS, undefined, { signal });
  }
}
