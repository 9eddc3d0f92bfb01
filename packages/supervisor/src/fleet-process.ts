/** The processes of a fleet: what runs, and from which entry file. */
import path from 'node:path';

/** Whose `main.ts` is the entry file of which process. */
const SOURCES = {
  registry: 'packages/registry/src/main.ts',
  default: 'endpoints/default/src/main.ts',
  v1: 'endpoints/v1/src/main.ts',
  v2: 'endpoints/v2/src/main.ts',
  push: 'endpoints/push/src/main.ts',
  v3: 'endpoints/v3/src/main.ts',
  symbols: 'endpoints/symbols/src/main.ts',
  balancer: 'balancer/src/main.ts',
} as const;

export type ProcessName = keyof typeof SOURCES;

export const PROCESS_NAMES = Object.keys(SOURCES) as readonly ProcessName[];

export interface FleetProcess {
  readonly name: ProcessName;
  /** Id in the registry, in logs and metrics, and name of its folders. */
  readonly instance: string;
  /** A file that Node runs. */
  readonly entry: string;
}

/** In the order of a start; a drain goes the other way. */
export const FAMILIES: readonly ProcessName[] = PROCESS_NAMES.filter(
  (name) => name !== 'registry' && name !== 'balancer',
);

/**
 * What runs where the supervisor itself was started from: the sources in a clone, or the folders beside its own in a build.
 *
 * @param ownEntry - the supervisor's `main.ts` or `main.js`.
 */
export function fleetProcesses(ownEntry: string): Readonly<Record<ProcessName, FleetProcess>> {
  const folder = path.dirname(ownEntry);
  const isSource = ownEntry.endsWith('.ts');
  const make = (name: ProcessName): FleetProcess => ({
    name,
    instance: `${name}-1`,
    entry: isSource ? path.resolve(folder, '../../..', SOURCES[name]) : path.resolve(folder, '..', name, 'main.js'),
  });
  return Object.fromEntries(PROCESS_NAMES.map((name) => [name, make(name)])) as Record<ProcessName, FleetProcess>;
}
