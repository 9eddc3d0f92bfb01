/** Where clients reach a family, below the balancer: `/F/<feed>/api/v2`. */
import type { Route } from '@feedfleet/registry-client';

const USUAL: Readonly<Record<string, string>> = {
  default: '/F/<feed>',
  v1: '/F/<feed>/api/v1',
  v2: '/F/<feed>/api/v2',
  v3: '/F/<feed>/api/v3/index.json',
  push: '/F/<feed>/api/v2/package',
  symbols: '/F/<feed>/symbols',
};

/** @param routes - of the family: one that the project does not know is found by the first of them. */
export function familyPath(familyId: string, routes: readonly Pick<Route, 'pattern'>[]): string {
  const usual = USUAL[familyId];
  if (usual !== undefined) return usual;
  const pattern = routes[0]?.pattern ?? '/F/{feed}';
  return pattern.replaceAll(/\[[^\]]*\]/g, '').replaceAll(/\{([^}]*)\}/g, '<$1>');
}
