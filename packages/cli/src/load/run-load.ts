/** `feedfleet load SCENARIO`: runs it, shows how it goes, and writes the reports. */
import path from 'node:path';

import type { RunDocument, Scenario } from '@feedfleet/load';
import { ProblemError } from '@feedfleet/problems';

import { exitCodes } from '../exit-codes.ts';
import type { CommandResult } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderTable } from '../table.ts';
import { LiveScreen } from './live-screen.ts';
import { loadNumbers } from './load-options.ts';
import type { LoadCommandOptions } from './load-options.ts';
import { fleetProcesses, targetOptionsOf } from './load-target.ts';
import { writeReport } from './report-files.ts';

const MOST_REASONS = 10;

export async function runLoad(name: string, options: LoadCommandOptions, parts: CliParts): Promise<CommandResult> {
  const load = await import('@feedfleet/load');
  const scenario = scenarioNamed(name, load.allScenarios);
  const numbers = loadNumbers(options, load.BOUNDS);
  const targetOptions = await targetOptionsOf(scenario, options, parts);
  if (scenario.pushes && targetOptions.key === undefined) {
    throw new ProblemError('unauthenticated', { detail: `${name} pushes packages: give --key or FEEDFLEET_API_KEY` });
  }
  const target = await load.openTarget({ ...targetOptions, signal: parts.signal });
  const screen = new LiveScreen(parts.stderr, load);
  const document = await load.runScenario({
    scenario,
    target,
    settings: {
      ratePerSecond: numbers.ratePerSecond ?? scenario.defaults.ratePerSecond,
      seconds: numbers.seconds ?? scenario.defaults.seconds,
      ...{ warmUpSeconds: numbers.warmUpSeconds, timeoutSeconds: numbers.timeoutSeconds },
      maxConnections: numbers.maxConnections,
      run: Math.floor(parts.clock.now() / 1000).toString(36),
    },
    processes: await fleetProcesses(targetOptions.url, options, parts),
    signal: parts.signal,
    onSecond: (state) => screen.show(state),
  });
  return await ended(load.judgeRun(document, numbers), options, parts);
}

function scenarioNamed(name: string, all: readonly Scenario[]): Scenario {
  const found = all.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = all.map((scenario) => scenario.name).join(', ');
  throw new ProblemError('usage', { detail: `scenario: expected one of ${names}, got "${name}"` });
}

async function ended(document: RunDocument, options: LoadCommandOptions, parts: CliParts): Promise<CommandResult> {
  const { renderRunPage } = await import('@feedfleet/load');
  const files: string[] = [];
  if (options.report) {
    const base = (options.out ?? defaultName(document)).replace(/\.(html|json)$/, '');
    files.push(await writeReport(`${base}.html`, renderRunPage(document), parts.workingFolder));
    files.push(await writeReport(`${base}.json`, `${JSON.stringify(document)}\n`, parts.workingFolder));
  }
  const isBroken = document.verdicts.some(({ outcome }) => outcome !== 'held');
  return {
    document,
    text: `${await renderRun(document)}${files.length === 0 ? '' : `\nReport: ${files.map((file) => path.normalize(file)).join(', ')}\n`}`,
    ...(isBroken ? { exitCode: exitCodes.failed } : {}),
  };
}

/** What `load` and `load show` print. */
export async function renderRun(document: RunDocument): Promise<string> {
  const { RUN_HEADER, runReasons, runRows, wasStarved } = await import('@feedfleet/load');
  const reasons = runReasons(document, MOST_REASONS)
    .map((reason) => `  ${reason}\n`)
    .join('');
  const verdicts = document.verdicts.map(({ law, outcome, expected, measured }) => [outcome, law, expected, measured]);
  const { lateP99Ms } = document.generator;
  return [
    `${document.title} (${document.target}, ${document.startedAt})\n`,
    renderTable(RUN_HEADER, runRows(document)),
    ...(reasons === '' ? [] : [`Errors:\n${reasons}`]),
    ...(verdicts.length === 0 ? [] : [renderTable(['VERDICT', 'LAW', 'EXPECTED', 'MEASURED'], verdicts)]),
    ...(wasStarved(document)
      ? [`The generator itself was late (p99 ${Math.round(lateP99Ms ?? 0)} ms): it lacked a processor.\n`]
      : []),
  ].join('\n');
}

/** `load-restore-20260131-090000`. */
function defaultName({ settings, startedAt }: RunDocument): string {
  const [day = '', time = ''] = startedAt.slice(0, 19).split('T');
  return `load-${String(settings.scenario)}-${day.replaceAll('-', '')}-${time.replaceAll(':', '')}`;
}
