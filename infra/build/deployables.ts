/** The processes of a fleet, and where each starts: one folder each in what `npm run build` emits. */

export interface Deployable {
  /** Folder in the output; the supervisor starts the others as `../<name>/main.js`. */
  readonly name: string;
  /** Relative to the repository. */
  readonly entry: string;
  readonly description: string;
  /** Files beside `main.js` that it has others load: where each starts, by its name. */
  readonly beside?: Readonly<Record<string, string>>;
}

export const deployables: readonly Deployable[] = [
  { name: 'registry', entry: 'packages/registry/src/main.ts', description: 'The registry of a feedfleet.' },
  { name: 'balancer', entry: 'balancer/src/main.ts', description: 'The load balancer of a feedfleet.' },
  { name: 'default', entry: 'endpoints/default/src/main.ts', description: 'The endpoint family default.' },
  { name: 'v1', entry: 'endpoints/v1/src/main.ts', description: 'The endpoint family v1.' },
  { name: 'v2', entry: 'endpoints/v2/src/main.ts', description: 'The endpoint family v2.' },
  { name: 'push', entry: 'endpoints/push/src/main.ts', description: 'The endpoint family push.' },
  { name: 'v3', entry: 'endpoints/v3/src/main.ts', description: 'The endpoint family v3.' },
  { name: 'symbols', entry: 'endpoints/symbols/src/main.ts', description: 'The endpoint family symbols.' },
  { name: 'status', entry: 'packages/status/src/main.ts', description: 'The status page of a feedfleet.' },
  { name: 'supervisor', entry: 'packages/supervisor/src/main.ts', description: 'Starts a whole fleet on one machine.' },
  {
    ...{ name: 'cli', entry: 'packages/cli/src/main.ts', description: 'The feedfleet command.' },
    beside: { 'misbehaving-process': 'packages/drills/src/faults/misbehaving-process.ts' },
  },
];
