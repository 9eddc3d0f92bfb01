/** What a feed answers about its retention and its pins, and how that looks in the terminal. */
import { z } from 'zod';

import { renderTable } from './table.ts';

/** Below the feed. */
export const RETENTION = '/api/manage/retention';
export const PINS = '/api/manage/pins';

const version = z.looseObject({ id: z.string(), normalizedVersion: z.string() });
const listOf = <T extends z.ZodType>(item: T) => z.looseObject({ count: z.number(), versions: z.array(item) });

/** The counts are of all, the lists of the first ones. */
const planShape = {
  policy: z.looseObject({ keepStable: z.number().nullable(), keepPrerelease: z.number().nullable() }),
  removed: listOf(version),
  protected: listOf(version.extend({ why: z.string() })),
};

export const previewSchema = z.looseObject(planShape);
export const sweepSchema = z.looseObject({ ...planShape, isComplete: z.boolean() });
export const pinsSchema = z.looseObject({ pins: z.array(version.extend({ note: z.string(), at: z.string() })) });
export const anythingSchema = z.looseObject({});

type Plan = z.output<typeof previewSchema>;

/** @param verb - what is, or would be, done to them. */
export function renderPlan(plan: Plan, verb: string): string {
  const { keepStable, keepPrerelease } = plan.policy;
  if (keepStable === null && keepPrerelease === null) {
    return 'The feed keeps all versions (feed set --keep-stable N or --keep-prerelease N changes that).\n';
  }
  const rows = [
    ...plan.removed.versions.map((each) => [each.id, each.normalizedVersion, verb]),
    ...plan.protected.versions.map((each) => [each.id, each.normalizedVersion, `stays: ${each.why}`]),
  ];
  const told = plan.removed.versions.length + plan.protected.versions.length;
  const more = plan.removed.count + plan.protected.count - told;
  return [
    rows.length === 0 ? '' : renderTable(['ID', 'VERSION', 'WHAT'], rows),
    more === 0 ? '' : `and ${more} more\n`,
    `${plan.removed.count} ${verb}, ${plan.protected.count} protected\n`,
  ].join('');
}
