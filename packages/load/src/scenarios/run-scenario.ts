/** One scenario against one target: warm-up, phases, and the document of what was found. */
import { setTimeout as delay } from 'node:timers/promises';

import { LoadClient } from '../load-client.ts';
import { LoadRun } from '../load-run.ts';
import type { LoadGroup } from '../load-run.ts';
import { thisMachine } from '../machine.ts';
import { ProcessSampler } from '../process-sampler.ts';
import { describeRun } from '../report/describe-run.ts';
import { WARM_UP } from '../report/measured-phases.ts';
import type { RunDocument } from '../report/run-document.ts';
import type { LoadTarget } from '../target/load-target.ts';
import { assertRates, assertSeconds } from './bounds.ts';
import type { LiveState } from './live-view.ts';
import type { PlannedPhase, Scenario, ScenarioPlan, ScenarioSettings } from './scenario.ts';

export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly target: LoadTarget;
  readonly settings: ScenarioSettings & {
    readonly warmUpSeconds: number;
    /** Longest time of one request. */
    readonly timeoutSeconds: number;
  };
  /** Process ids by name, of a fleet on this machine; the generator itself is added. */
  readonly processes: () => ReadonlyMap<string, number>;
  /** Ends the run early; what was found up to then is reported. */
  readonly signal: AbortSignal;
  /** Each second. */
  readonly onSecond: (state: LiveState) => void;
}

/** Its own process among those of the fleet. */
const GENERATOR = 'load generator';
const GRACE_MS = 10_000;

/** @throws {ProblemError} `FF_USAGE` beyond `BOUNDS`. */
export async function runScenario({
  scenario,
  target,
  settings,
  processes,
  signal,
  onSecond,
}: ScenarioRun): Promise<RunDocument> {
  assertSeconds(settings);
  const plan = await scenario.plan(target, settings);
  assertRates(plan, settings);
  const [first] = plan.phases;
  const totalMs = (settings.warmUpSeconds + settings.seconds) * 1000;
  const run = new LoadRun({
    groups: plan.groups.map((group): LoadGroup => ({ ...group, ratePerSecond: first.rates[group.name] ?? 0 })),
    phase: settings.warmUpSeconds > 0 ? WARM_UP : first.name,
    timeoutMs: settings.timeoutSeconds * 1000,
    limitMs: totalMs + GRACE_MS,
    allowedHosts: target.allowedHosts,
  });
  const sampler = new ProcessSampler({
    processes: () => new Map([...processes(), [GENERATOR, process.pid]]),
    elapsedMs: () => run.elapsedMs,
  });
  const tell = (): void =>
    onSecond({
      title: scenario.title,
      target: target.shownUrl,
      report: run.report,
      elapsedMs: run.elapsedMs,
      totalMs,
      processes: sampler.newest,
    });
  const telling = setInterval(tell, 1000);
  try {
    await runPhases(run, plan, { ...settings, timeoutMs: settings.timeoutSeconds * 1000, target, signal });
  } finally {
    clearInterval(telling);
    sampler.stop();
  }
  const report = await run.stop();
  tell();
  return describeRun(report, {
    title: `${scenario.title}: ${target.feeds
      .map(({ name }) => name)
      .slice(0, 3)
      .join(', ')}${target.feeds.length > 3 ? ', ...' : ''}`,
    description: [scenario.says, ...(plan.notes ?? [])].join(' '),
    target: target.shownUrl,
    settings: {
      scenario: scenario.name,
      'requests a second': settings.ratePerSecond,
      seconds: settings.seconds,
      'warm-up seconds': settings.warmUpSeconds,
      'connections of each group': settings.maxConnections,
    },
    machine: thisMachine(),
    processes: sampler.stop(),
  });
}

interface PhaseSettings {
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly timeoutMs: number;
  readonly target: LoadTarget;
  readonly signal: AbortSignal;
}

async function runPhases(run: LoadRun, { groups, phases }: ScenarioPlan, settings: PhaseSettings): Promise<void> {
  const { warmUpSeconds, seconds, signal } = settings;
  const rates = new Map(groups.map(({ name }) => [name, phases[0].rates[name] ?? 0]));
  const wait = async (ms: number): Promise<void> => {
    await delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
  };
  let endMs = warmUpSeconds * 1000;
  await wait(endMs - run.elapsedMs);
  for (const phase of phases) {
    if (signal.aborted) break;
    if (warmUpSeconds > 0 || phase !== phases[0]) run.enter(phase.name);
    if (phase.mark !== undefined) run.mark(phase.mark);
    begin(run, phase, settings);
    for (const { name } of groups) {
      const rate = phase.rates[name] ?? 0;
      // A group whose rate stays goes on in its rhythm.
      if (rates.get(name) !== rate) run.setRate(name, rate);
      rates.set(name, rate);
    }
    // Each phase ends when it was to end, however late it began.
    endMs += phase.share * seconds * 1000;
    await wait(endMs - run.elapsedMs);
  }
  if (signal.aborted) run.mark('ended early, on request');
}

function begin(run: LoadRun, { begin: beginning }: PlannedPhase, { target, timeoutMs }: PhaseSettings): void {
  if (beginning === undefined) return;
  const client = new LoadClient({ maxConnections: 1, timeoutMs, allowedHosts: target.allowedHosts });
  client.send(beginning.request, (outcome) => {
    client.close();
    if (outcome.outcome === 'ok') beginning.acknowledged();
    run.mark(outcome.outcome === 'ok' ? 'the push is acknowledged' : `the push failed: ${outcome.reason}`);
  });
}
