/** Finds the package file of a version: whoever's version counts in the union gives it. */
import type { HierarchyPlan, PlannedContext } from '@feedfleet/feedchain';
import type { Ask, PackageSource, SourceContent, SourceVersion, VersionsById } from '@feedfleet/package-sources';

import { askContext } from './context-answer.ts';
import type { ContextAnswer } from './context-answer.ts';
import { isMissing, isPartOnly, missingProblem } from './fan-out.ts';
import type { ToldByContext } from './fan-out.ts';
import type { MergedContent } from './feed-hierarchy.ts';
import { mergedAlone } from './merged-version.ts';
import type { SyntheticKeys } from './merged-version.ts';
import type { Evidence, Questioning, QuestioningPorts } from './questioning.ts';

export interface ContentPorts extends QuestioningPorts {
  readonly questioning: Questioning;
  readonly keys: SyntheticKeys;
}

export interface WantedContent {
  readonly id: string;
  readonly normalizedVersion: string;
}

interface Holder {
  readonly told: ToldByContext<VersionsById>;
  readonly row: SourceVersion;
}

/**
 * The feed's own store is asked first, and nobody else when it has the package. Else the contexts tell which of them has the version.
 *
 * @returns undefined when nobody has it.
 * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when the version that counts could be that of a context which does not answer.
 */
export async function findContent(wanted: WantedContent, ports: ContentPorts): Promise<MergedContent | undefined> {
  const own = await ownContent(wanted, ports);
  if (own !== undefined) return { version: undefined, content: own };
  const evidence = await ports.questioning.knownVersions([wanted.id.toLowerCase()]);
  const { plan, contexts } = evidence.told;
  for (const { told, row } of holdersOf(wanted, evidence)) {
    refuseWhenUncertain(told, evidence);
    const answer = await contentOf({ plan, context: told.context }, row, ports);
    // The version that counts is its version: another one's file of that name may be another file, however optional it is.
    if (answer.outcome === 'unavailable' || answer.outcome === 'unsupported') {
      throw missingProblem(plan, { context: told.context, from: told.from, answer });
    }
    if (!('value' in answer) || answer.value === null) continue;
    // Pinned by what it gives, and not by what it says that it has.
    if (!(await isTakenFrom(told, row, evidence, ports))) continue;
    return { version: mergedAlone({ row, from: told.from }, ports.keys), content: answer.value };
  }
  const missing = contexts.find((each) => isMissing(each) || isPartOnly(each)) ?? evidence.heldBackFor;
  if (missing !== undefined) throw missingProblem(plan, missing);
  return undefined;
}

async function ownContent(wanted: WantedContent, ports: ContentPorts): Promise<SourceContent | undefined> {
  const plan = ports.planOf([wanted.id.toLowerCase()]);
  const [local] = plan.contexts;
  if (local?.kind !== 'local') return undefined;
  const answer = await contentOf({ plan, context: local }, wanted, ports);
  if ('value' in answer) return answer.value ?? undefined;
  throw missingProblem(plan, { context: local, from: 0, answer });
}

async function contentOf(
  { plan, context }: { readonly plan: HierarchyPlan; readonly context: PlannedContext },
  { id, normalizedVersion }: WantedContent,
  { scope, sourceOf, outcomes, metrics }: ContentPorts,
): Promise<ContextAnswer<SourceContent | null>> {
  const question = {
    source: () => sourceOf(context),
    put: (source: PackageSource, ask: Ask) => source.content({ id, normalizedVersion }, ask),
    breadth: plan.foreignBreadth,
  };
  const answer = await askContext<SourceContent | null>(context, question, scope);
  metrics.told({ context, from: outcomes.indexOf(context), answer });
  outcomes.record(context, answer);
  return answer;
}

/** Those that have the version and let it through, in the order of the plan. */
function holdersOf(
  { id, normalizedVersion }: WantedContent,
  { told, gate }: Evidence<VersionsById>,
): readonly Holder[] {
  const [idLower, versionLower] = [id.toLowerCase(), normalizedVersion.toLowerCase()];
  return told.contexts.flatMap((each) => {
    if (!('value' in each.answer)) return [];
    const versions = each.answer.value.get(idLower) ?? [];
    const row = versions.find((version) => version.normalizedVersion.toLowerCase() === versionLower);
    return row !== undefined && gate.admitsOf(each.context, each.from)(row) ? [{ told: each, row }] : [];
  });
}

/**
 * The version counts if no context before it may have it too; and a foreign one only if every feed of this fleet has said that it
 * does not have the id.
 */
function refuseWhenUncertain(holder: ToldByContext<unknown>, { told }: Evidence<unknown>): void {
  const place = told.contexts.findIndex(({ context }) => context === holder.context);
  const isForeign = holder.context.kind === 'foreign';
  const missing = told.contexts.find(
    (each, at) => isMissing(each) && (at < place || (isForeign && each.context.kind !== 'foreign')),
  );
  if (missing !== undefined) throw missingProblem(told.plan, missing);
}

/** Pins the id to its foreign source, if it comes from one. False when it was pinned elsewhere meanwhile. */
async function isTakenFrom(
  { context, from }: ToldByContext<unknown>,
  row: SourceVersion,
  { gate }: Evidence<unknown>,
  { pins, entry, outcomes, scope }: ContentPorts,
): Promise<boolean> {
  const edge = gate.admittingEdge(context, row);
  if (pins === undefined || edge === undefined) return true;
  const id = row.id.toLowerCase();
  try {
    const outcome = await pins.pin(entry.id, id, edge.id);
    if (outcome === 'pinned') return true;
    outcomes.withhold({ id, context: from, reason: 'pinned' });
    return false;
  } catch (error) {
    // Without the pin nothing is taken from elsewhere today; it is made with the next download.
    scope.onDefect(error);
    return true;
  }
}
