/**
 * The dependencies of a nuspec: groups by framework, or the flat list of the oldest nuspecs.
 *
 * Source: NuGet documentation, ".nuspec File Reference", section "Dependencies element".
 */
import { formatRange, isSemVer2Range, parseRange, shortFrameworkName } from '@feedfleet/versioning';
import type { DependencyGroup, PackageDependency } from './package-metadata.ts';
import { isPackageId } from './package-id.ts';
import { quoted, refusal } from './refusal.ts';
import type { XmlElement } from './xml-element.ts';

export interface Dependencies {
  readonly groups: readonly DependencyGroup[];
  /** A range of them needs SemVer 2.0.0. */
  readonly needSemVer2: boolean;
}

const MAX_DEPENDENCIES = 10_000;

/** @throws ProblemError `FF_INVALID_PACKAGE` */
export function readDependencies(metadata: XmlElement): Dependencies {
  const element = metadata.child('dependencies');
  if (element === undefined) return { groups: [], needSemVer2: false };
  const groupElements = element.children('group');
  // As NuGet does: where there are groups, what stands beside them is not looked at.
  const sources = groupElements.length > 0 ? groupElements : [element];
  if (sources.reduce((sum, source) => sum + source.children('dependency').length, 0) > MAX_DEPENDENCIES) {
    throw refusal(`The nuspec has more than ${MAX_DEPENDENCIES} dependencies`);
  }
  const read = sources.map(readGroup);
  return {
    groups: read.map(({ group }) => group).filter((group) => groupElements.length > 0 || group.dependencies.length > 0),
    needSemVer2: read.some(({ needsSemVer2 }) => needsSemVer2),
  };
}

function readGroup(source: XmlElement): { readonly group: DependencyGroup; readonly needsSemVer2: boolean } {
  const framework = shortFrameworkName(source.attribute('targetFramework'));
  const targetFramework = ['', 'any', 'agnostic'].includes(framework.toLowerCase()) ? null : framework;
  const seen = new Set<string>();
  const read = source.children('dependency').map((element) => readDependency(element, seen));
  return {
    group: { targetFramework, dependencies: read.map(({ dependency }) => dependency) },
    needsSemVer2: read.some(({ needsSemVer2 }) => needsSemVer2),
  };
}

function readDependency(
  element: XmlElement,
  seen: Set<string>,
): { readonly dependency: PackageDependency; readonly needsSemVer2: boolean } {
  const id = element.attribute('id');
  if (!isPackageId(id)) throw refusal(`The dependency id ${quoted(id)} is not valid`);
  if (seen.has(id.toLowerCase())) throw refusal(`The dependency ${quoted(id)} is named twice in one group`);
  seen.add(id.toLowerCase());
  const written = element.attribute('version');
  const range = parseRange(written);
  if (range === undefined)
    throw refusal(`The version range ${quoted(written)} of the dependency ${quoted(id)} is not valid`);
  return { dependency: { id, range: formatRange(range) }, needsSemVer2: isSemVer2Range(range) };
}
