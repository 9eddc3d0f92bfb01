/** The families and routes that every fleet has from the start; what an operator changed or removed stays that way. */
import { ProblemError } from '@feedfleet/problems';
import { defaultFamilies, defaultRoutes } from '@feedfleet/registry-client';
import type { Operation } from '@feedfleet/registry-client';

import type { Registry } from './registry.ts';

function missingDefaults({ view, log }: Registry): readonly Operation[] {
  const families = defaultFamilies
    .filter(({ id }) => view.familyById(id) === undefined && !log.hasEverHad('family', id))
    .map((value): Operation => ({ entity: 'family', id: value.id, value }));
  const routes = defaultRoutes
    .filter(({ id }) => view.routeById(id) === undefined && !log.hasEverHad('route', id))
    .map((value): Operation => ({ entity: 'route', id: value.id, value }));
  return [...families, ...routes];
}

export interface SkippedDefault {
  readonly id: string;
  readonly reason: string;
}

/** Adds what was never there. @returns what an operator's own settings leave no room for. */
export function ensureDefaults(registry: Registry): readonly SkippedDefault[] {
  const operations = missingDefaults(registry);
  const change = { actor: 'registry', summary: 'Default families and routes' };
  try {
    registry.commit({ ...change, operations });
    return [];
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status >= 500) throw error;
  }
  const skipped: SkippedDefault[] = [];
  for (const operation of operations) {
    try {
      registry.commit({ ...change, operations: [operation] });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      skipped.push({ id: operation.id, reason: error.detail ?? error.code });
    }
  }
  return skipped;
}
