/** `feedfleet drill`: does to a fleet what may befall it, and says which laws held. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Drill, DrillFleet, DrillResult } from '@feedfleet/drills';
import type * as drillsPackage from '@feedfleet/drills';
import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { confirmOrRefuse } from '../confirmation.ts';
import { findBalancerUrl, findRegistry, webUrlOf } from '../connection.ts';
import { dataFolderOf } from '../data-folder.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { failureOf } from '../failure.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderTable } from '../table.ts';
import { chosenDrills } from './drill-choice.ts';

interface DrillOptions extends SharedOptions {
  readonly withoutGuard?: boolean;
  readonly short?: boolean;
  readonly target?: string;
  readonly report?: string;
  readonly yes?: boolean;
}

type Drills = typeof drillsPackage;

export function drillCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'drill',
    description:
      'Does to a throw-away fleet what may befall one, under load, and says which laws held: exit code 0 when all did. ' +
      '"feedfleet drill list" tells what there is. Linux.',
    examples: [
      { says: 'What there is, and what each expects', command: 'feedfleet drill list' },
      { says: 'Feeds that refer to each other', command: 'feedfleet drill loop' },
      { says: 'What it would be like without what protects', command: 'feedfleet drill loop --without-guard' },
      { says: 'With a report for people', command: 'feedfleet drill overload --report overload.html' },
      { says: 'On a fleet of your own', command: 'feedfleet drill family-hang --target http://127.0.0.1:5555' },
    ],
  })
    .argument('<name>', 'name of a drill, "list" or "all"')
    .option('--short', 'in about ten seconds; latency is told and not judged')
    .option('--without-guard', 'with what protects switched off: shows the outage')
    .option('--target <url>', 'a running fleet of this machine instead of a throw-away one')
    .option(
      '--report <file>',
      'write a report with plots to this file, as HTML; "all" writes one file for each, with its name before',
    )
    .option('--yes', 'do not ask before a running fleet is hurt')
    .action((name: string, options: DrillOptions) => runLeaf(parts, state, options, () => drill(name, options, parts)));
}

async function drill(name: string, options: DrillOptions, parts: CliParts): Promise<CommandResult> {
  const drills = await import('@feedfleet/drills');
  if (name === 'list') return listed(drills);
  const target = options.target === undefined ? undefined : webUrlOf('--target', options.target);
  const wanted = chosenDrills(drills.DRILLS, { name, target, isGuarded: options.withoutGuard !== true });
  const results: DrillResult[] = [];
  let failure: unknown;
  try {
    for (const each of wanted) {
      const result = await runOne(drills, each, options, parts);
      results.push(result);
      if (options.json !== true && wanted.length > 1) parts.stdout.write(drills.verdictText(result));
      if (options.report !== undefined) await writeReport(drills, result, { name, file: options.report, parts });
    }
  } catch (error) {
    // What was found before is not lost.
    if (results.length === 0) throw error;
    failure = error;
  }
  return resultOf(drills, name, results, failure);
}

function resultOf(drills: Drills, name: string, results: readonly DrillResult[], failure: unknown): CommandResult {
  const haveHeld = results.every((result) => drills.hasHeld(result));
  const documents = results.map(documentOf);
  const [only] = results;
  return {
    document: name === 'all' ? { drills: documents } : documents[0],
    text: only !== undefined && name !== 'all' ? drills.verdictText(only) : '',
    ...(failure === undefined
      ? { exitCode: haveHeld ? exitCodes.ok : exitCodes.failed }
      : { exitCode: exitCodeOf(failureOf(failure)), failure }),
  };
}

interface ReportPlace {
  /** What was asked for: a drill, or all. */
  readonly name: string;
  readonly file: string;
  readonly parts: CliParts;
}

async function writeReport({ drillDocument }: Drills, result: DrillResult, place: ReportPlace): Promise<void> {
  const { name, file, parts } = place;
  const { renderRunPage } = await import('@feedfleet/load');
  const given = path.resolve(parts.workingFolder, file);
  const own = name === 'all' ? path.join(path.dirname(given), `${result.drill.name}-${path.basename(given)}`) : given;
  await writeFile(own, renderRunPage(drillDocument(result)));
  parts.stderr.write(`the report is in ${own}\n`);
}

function listed({ DRILLS, DRILL_NAMES }: Drills): CommandResult {
  const all = DRILL_NAMES.map((name) => DRILLS[name]);
  const document = all.map(({ name, hypothesis, fault, guard, fitsTarget }) => ({
    ...{ name, hypothesis, fault, fitsTarget },
    guard: { what: guard.what, off: guard.off },
  }));
  const rows = all.map(({ name, guard, fitsTarget }) => [name, guard.what, fitsTarget ? 'yes' : 'no']);
  return { document, text: renderTable(['Drill', 'Guard', 'On a running fleet'], rows) };
}

async function runOne(drills: Drills, each: Drill, options: DrillOptions, parts: CliParts): Promise<DrillResult> {
  const isGuarded = options.withoutGuard !== true;
  const on = await fleetFor(drills, each, options, parts);
  try {
    return await drills.runDrill(each, on, {
      ...{ isShort: options.short === true, isGuarded, signal: parts.signal },
      onPhase: (phase) => parts.stderr.write(`${each.name}: ${phase}\n`),
    });
  } finally {
    await on.stop();
  }
}

async function fleetFor(drills: Drills, each: Drill, options: DrillOptions, parts: CliParts): Promise<DrillFleet> {
  const isGuarded = options.withoutGuard !== true;
  if (options.target === undefined) {
    parts.stderr.write(`${each.name}: starting a throw-away fleet\n`);
    return drills.startDrillFleet([each], isGuarded ? [] : [each.guard]);
  }
  const url = webUrlOf('--target', options.target);
  const own = await findBalancerUrl(options, parts);
  if (new URL(own).port !== new URL(url).port) {
    throw new ProblemError('usage', { detail: `--target: expected ${own}, the fleet of the data folder, got ${url}` });
  }
  const question = questionOf(each, url);
  await confirmOrRefuse(parts, { agreed: options.yes === true, question });
  const { url: registryUrl, token: operatorToken } = await findRegistry(options, parts);
  const data = await dataFolderOf(options.data, parts);
  return drills.attachFleet({ url, data, registryUrl, operatorToken });
}

function questionOf({ fault, besides }: Drill, url: string): string {
  const all = [fault, ...(besides === undefined ? [] : [besides]), 'The packages that it pushes stay in the store.'];
  return `${all.join(' ')} Do this to the fleet at ${url}, whoever uses it now?`;
}

function documentOf({ drill: { name, hypothesis, fault, guard }, ...result }: DrillResult): object {
  const { isShort, isGuarded, findings, figures, report } = result;
  const about = {
    name,
    hypothesis,
    fault,
    guard: guard.what,
    startedAt: report.startedAt.toISOString(),
    isShort,
    isGuarded,
  };
  return { ...about, laws: findings, figures };
}
