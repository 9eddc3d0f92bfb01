/** Says of imported versions what the exported feed said of them: one request for the versions of an id that are told the same. */
import { z } from 'zod';

import { failureOf, type Failure } from '../failure.ts';
import type { FeedRequests } from '../feed-requests.ts';
import type { ExportedPackage } from './export-manifest.ts';

/** A feed takes ten thousand. */
const VERSIONS_PER_REQUEST = 1000;
const answerSchema = z.looseObject({ changed: z.number(), unchanged: z.number() });

type Deprecation = NonNullable<ExportedPackage['deprecation']>;

interface DeprecationGroup {
  readonly id: string;
  readonly versions: string[];
  readonly deprecation: Deprecation;
}

export interface RestoredDeprecations {
  readonly versions: number;
  readonly failures: readonly {
    readonly id: string;
    readonly versions: readonly string[];
    readonly failure: Failure;
  }[];
}

export async function restoreDeprecations(
  requests: FeedRequests,
  packages: readonly ExportedPackage[],
  signal: AbortSignal,
): Promise<RestoredDeprecations> {
  let restored = 0;
  const failures: RestoredDeprecations['failures'][number][] = [];
  for (const { id, versions, deprecation } of groupsOf(packages)) {
    try {
      signal.throwIfAborted();
      await requests.send({
        method: 'PUT',
        path: `/api/v2/package/${encodeURIComponent(id)}/deprecations`,
        body: { versions, ...bodyOf(deprecation) },
        answer: answerSchema,
      });
      restored += versions.length;
    } catch (error) {
      failures.push({ id, versions, failure: failureOf(error) });
    }
  }
  return { versions: restored, failures };
}

function groupsOf(packages: readonly ExportedPackage[]): readonly DeprecationGroup[] {
  const groups: DeprecationGroup[] = [];
  const open = new Map<string, DeprecationGroup>();
  for (const { id, version, deprecation } of packages) {
    if (deprecation === undefined) continue;
    const key = JSON.stringify([id.toLowerCase(), deprecation]);
    let group = open.get(key);
    if (group === undefined || group.versions.length >= VERSIONS_PER_REQUEST) {
      group = { id, versions: [], deprecation };
      open.set(key, group);
      groups.push(group);
    }
    group.versions.push(version);
  }
  return groups;
}

function bodyOf({ reasons, message, alternatePackage }: Deprecation): object {
  return {
    isLegacy: reasons.includes('Legacy'),
    hasCriticalBugs: reasons.includes('CriticalBugs'),
    isOther: reasons.includes('Other'),
    ...(message === undefined ? {} : { message }),
    ...(alternatePackage === undefined ? {} : { alternatePackageId: alternatePackage.id }),
    // `*` stands for any version, as none does.
    ...(alternatePackage === undefined || alternatePackage.range === '*'
      ? {}
      : { alternatePackageVersion: alternatePackage.range }),
  };
}
