/**
 * Dependencies as the v2 protocol writes them: `id:range:framework` joined by `|`, `::framework` for a group without any.
 *
 * Source: NuGetGallery, PackageExtensions.FlattenDependencies; read by every client from NuGet 1.6 to 6.
 */
import type { DependencyGroup } from '@feedfleet/nupkg';

const AT_LEAST = /^\[([^,\]]+), \)$/;
const EXACTLY = /^\[([^,]+), ([^,\]]+)\]$/;

/** @example flattenDependencies([{ targetFramework: 'net45', dependencies: [] }]) // '::net45' */
export function flattenDependencies(groups: readonly DependencyGroup[]): string {
  return groups.flatMap(flattenGroup).join('|');
}

function flattenGroup({ targetFramework, dependencies }: DependencyGroup): readonly string[] {
  const suffix = targetFramework === null ? '' : `:${targetFramework}`;
  if (dependencies.length === 0) return targetFramework === null ? [] : [`::${targetFramework}`];
  return dependencies.map(({ id, range }) => `${id}:${shortRange(range)}${suffix}`);
}

/** A bare version means "at least"; a range without bounds is left empty; `[1.0.0, 1.0.0]` is written `[1.0.0]`. */
function shortRange(range: string): string {
  if (range === '(, )') return '';
  const minimum = AT_LEAST.exec(range)?.[1];
  if (minimum !== undefined) return minimum;
  const exact = EXACTLY.exec(range);
  return exact !== null && exact[1] === exact[2] ? `[${exact[1] ?? ''}]` : range;
}
