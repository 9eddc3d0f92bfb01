/** The processes of a fleet: what runs, and from which entry file. */
import path from 'node:path';

/** Whose `main.ts` is the entry file of which process. */
const SOURCES = {
  status: 'packages/status/src/main.ts',
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
  /** How it is called on the screen: by its family where it is the only one. */
  readonly label: string;
  /** A file that Node runs. */
  readonly entry: string;
}

/** In the order of a start; a drain goes the other way. */
export const FAMILIES: readonly ProcessName[] = PROCESS_NAMES.filter(
  (name) => name !== 'registry' && name !== 'balancer' && name !== 'status',
);

/** Families that may have several instances on one machine. Pushes are not among them: one process keeps what is to be kept. */
export const SEVERAL_INSTANCES = ['default', 'v1', 'v2', 'v3', 'symbols'] as const satisfies readonly ProcessName[];

/** The status page goes on when its supervisor is killed; all others end with it. */
export const outlivesSupervisor = (instance: string): boolean => instance.startsWith('status-');

export type InstanceCounts = Readonly<Partial<Record<ProcessName, number>>>;

/**
 * What runs where the supervisor itself was started from: the sources in a clone, or the folders beside its own in a build.
 *
 * @param ownEntry - the supervisor's `main.ts` or `main.js`.
 * @param counts - how many instances of each; default 1.
 */
export function fleetProcesses(ownEntry: string, counts: InstanceCounts = {}): readonly FleetProcess[] {
  const folder = path.dirname(ownEntry);
  const isSource = ownEntry.endsWith('.ts');
  return PROCESS_NAMES.flatMap((name) => {
    const count = counts[name] ?? 1;
    const entry = isSource
      ? path.resolve(folder, '../../..', SOURCES[name])
      : path.resolve(folder, '..', name, 'main.js');
    return Array.from({ length: count }, (_, index) => {
      const instance = `${name}-${index + 1}`;
      return { name, instance, label: count === 1 ? name : instance, entry };
    });
  });
}
