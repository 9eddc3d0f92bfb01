/** `feedfleet load`: load on a NuGet server, and what became of it. */
import type { Command } from 'commander';

import { exitCodes } from '../exit-codes.ts';
import { leafCommand, runLeaf } from '../leaf-command.ts';
import type { CommandResult, RunState, SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderTable } from '../table.ts';
import { numberOf } from './load-options.ts';
import type { LoadCommandOptions } from './load-options.ts';
import { readRun, writeReport } from './report-files.ts';
import { renderRun, runLoad } from './run-load.ts';

interface HtmlOptions extends SharedOptions {
  readonly html?: string;
}

interface CompareOptions extends HtmlOptions {
  readonly maxRegression: string;
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

async function listScenarios(): Promise<CommandResult> {
  const { allScenarios } = await import('@feedfleet/load');
  const document = allScenarios.map(({ name, title, says, needs, defaults, pushes }) => ({
    name,
    title,
    says,
    needs,
    ...defaults,
    pushes,
  }));
  const text = document.map(
    ({ name, title, says, needs, ratePerSecond, seconds }) =>
      `${name}: ${title}. By default ${ratePerSecond} requests/s for ${seconds} s.\n  ${says}\n  Needs: ${needs}\n`,
  );
  return { document, text: text.join('\n') };
}

async function show(file: string, { html }: HtmlOptions, parts: CliParts): Promise<CommandResult> {
  const { renderRunPage } = await import('@feedfleet/load');
  const document = await readRun(file, parts.workingFolder);
  if (html !== undefined) await writeReport(html, renderRunPage(document), parts.workingFolder);
  return { document, text: await renderRun(document) };
}

async function compare(a: string, b: string, options: CompareOptions, parts: CliParts): Promise<CommandResult> {
  const load = await import('@feedfleet/load');
  const boundPercent = numberOf('--max-regression', options.maxRegression, 0, 10_000);
  const [before, after] = [await readRun(a, parts.workingFolder), await readRun(b, parts.workingFolder)];
  const comparison = load.compareRuns(before, after);
  const regressions = load.regressionsOf(comparison, boundPercent);
  if (options.html !== undefined) {
    await writeReport(options.html, load.renderComparisonPage(before, after, comparison), parts.workingFolder);
  }
  const sentence = load.comparisonSentence(comparison);
  const hasFigures = comparison.figures.length > 0;
  const verdict = hasFigures
    ? `${regressions.length === 0 ? 'No figure' : `${regressions.length} of the figures`} got worse by more than ${boundPercent} %.`
    : 'The runs have no figure in common: nothing was compared.';
  const notes = [
    ...comparison.differences.map((difference) => `Read with care: ${difference}\n`),
    ...comparison.alone.map((name) => `In one of the runs only: ${name}\n`),
  ];
  const rows = comparison.figures.map(load.comparisonRow);
  return {
    document: { ...comparison, regressions, boundPercent },
    text: `${renderTable(
      load.COMPARISON_HEADER.map((name) => name.toUpperCase()),
      rows,
    )}\n${notes.join('')}${sentence}. ${verdict}\n`,
    ...(hasFigures && regressions.length === 0 ? {} : { exitCode: exitCodes.failed }),
  };
}

function listCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'list',
    description: 'Lists the scenarios: what each does, and what it needs.',
    examples: [{ says: 'What there is', command: 'feedfleet load list' }],
  }).action((options: SharedOptions) => runLeaf(parts, state, options, listScenarios));
}

function showCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'show',
    description: 'Shows the report of a run again, from its JSON.',
    examples: [{ says: 'As a page', command: 'feedfleet load show load-restore.json --html restore.html' }],
  })
    .argument('<file>', 'JSON of a run')
    .option('--html <file>', 'write the page to it')
    .action((file: string, options: HtmlOptions) => runLeaf(parts, state, options, () => show(file, options, parts)));
}

function compareCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'compare',
    description:
      'Compares two runs: what is better, worse, or the same within noise, which is judged by how much the seconds of each run differ. ' +
      'Exit code 1 when a median or a 99th percentile got worse by more than the bound, or errors became more, beyond noise; and when the runs have no figure in common.',
    examples: [
      { says: 'Before and after a change', command: 'feedfleet load compare before.json after.json' },
      { says: 'As a page', command: 'feedfleet load compare before.json after.json --html compared.html' },
    ],
  })
    .argument('<a>', 'JSON of the run before')
    .argument('<b>', 'JSON of the run after')
    .option('--max-regression <percent>', 'how much worse a latency may be', '20')
    .option('--html <file>', 'write a page to it')
    .action((a: string, b: string, options: CompareOptions) =>
      runLeaf(parts, state, options, () => compare(a, b, options, parts)),
    );
}

function addRunOptions(command: Command): Command {
  return command
    .argument('<scenario>', 'one of those that feedfleet load list tells')
    .option(
      '--target <url>',
      'a feed or its service index, of any NuGet server; {feed} stands for each --feed (default: the fleet on this machine)',
    )
    .option('--feed <name>', 'a feed of it; may be repeated', several)
    .option('--package <id>', 'a package to ask for, instead of those that a search finds; may be repeated', several)
    .option('--rate <number>', 'requests a second, in the phases of ordinary load (default: that of the scenario)')
    .option('--duration <time>', 'of all phases after the warm-up, such as 90s or 5m (default: that of the scenario)')
    .option('--warm-up <time>', 'before the figures count', '10s')
    .option('--connections <number>', 'most connections of each group of clients', '64')
    .option('--timeout <time>', 'longest time of one request', '60s')
    .option('--prepare', 'push packages to the feed first (ids Feedfleet.Load.*), with a key that may')
    .option(
      '--i-may-load <host>',
      'repeats a host that is not this machine, which is loaded only then; may be repeated',
      several,
    )
    .option('--out <name>', 'name of the reports; .html and .json are added (default: load-SCENARIO-TIME)')
    .option('--no-report', 'write no reports')
    .option('--max-p99 <ms>', 'fail when a phase has a larger 99th percentile')
    .option('--max-errors <percent>', 'fail when a phase has more errors');
}

export function loadCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'load',
    description:
      'Loads a NuGet server at a fixed rate that does not wait for answers, in a scenario with phases, and writes a report. ' +
      'Latencies count from when each request was to start. Other machines are loaded only when their host is repeated. ' +
      'Ctrl-C ends it early, with a report.',
    examples: [
      {
        says: 'Restores, on a feed of the fleet on this machine',
        command: 'feedfleet load restore --feed acme --rate 100',
      },
      { says: 'Any NuGet server', command: 'feedfleet load search --target http://127.0.0.1:5000/v3/index.json' },
      {
        says: 'One that is not this machine, with a verdict for a script',
        command:
          'feedfleet load restore --target https://packages.example/v3/index.json --i-may-load packages.example --max-p99 200 --max-errors 0.1',
      },
    ],
  });
  // Options after the name of a subcommand are the subcommand's.
  command.enablePositionalOptions();
  for (const each of [listCommand, showCommand, compareCommand]) command.addCommand(each(parts, state));
  return addRunOptions(command).action((scenario: string, options: LoadCommandOptions) =>
    runLeaf(parts, state, options, () => runLoad(scenario, options, parts)),
  );
}
