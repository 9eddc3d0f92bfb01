/** What a drill is: a hypothesis, a fault that is done to real processes and sockets, and the laws that are to hold meanwhile. */
import type { LoadGroup, LoadReport } from '@feedfleet/load';

import type { CutOut } from './guards/cut-outs.ts';
import type { Stage } from './stage.ts';

export const DRILL_NAMES = [
  'loop',
  'dead-source',
  'slow-source',
  'expired-certificate',
  'family-crash',
  'family-hang',
  'registry-outage',
  'storage-outage',
  'noisy-feed',
  'poison-package',
  'overload',
] as const;
export type DrillName = (typeof DRILL_NAMES)[number];

export type Phase = 'quiet' | 'control' | 'fault' | 'mending' | 'recovery';

/** How a drill is run without the guard that it is about. */
export interface Guard {
  /** What protects, in the words of the documentation. */
  readonly what: string;
  /** How it is switched off. */
  readonly off: string;
  /** Id of the law that breaks without it. */
  readonly law: string;
  /** Where no setting does: what is taken out of the code of the fleet's processes as they load it. */
  readonly cutOut?: CutOut;
  /** Settings of the fleet, by the names of their environment variables. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Drill {
  readonly name: DrillName;
  /** What is expected, in a sentence. */
  readonly hypothesis: string;
  /** What is really done. */
  readonly fault: string;
  readonly guard: Guard;
  /** Families that the fault is done to; all others must not notice. */
  readonly victims: readonly string[];
  /** Whether it leaves a fleet as it was, but for packages in its store, and needs nothing that a fleet has only when it was started for it. */
  readonly fitsTarget: boolean;
  /** What a fleet feels of it beside the fault, in a sentence. */
  readonly besides?: string;
  /** Settings of the fleet beside the usual ones of drills. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Makes what is needed, before anything is measured. */
  readonly open: (stage: Stage) => Promise<Scene>;
}

/** Load of a drill's own, beside the steady load of all families. */
export interface DrillGroup extends Omit<LoadGroup, 'ratePerSecond'> {
  /** Requests a second in each phase; none where nothing is said. */
  readonly rates: Readonly<Partial<Record<Phase, number>>>;
}

/** A drill on its stage. */
export interface Scene {
  readonly groups: readonly DrillGroup[];
  /** Begins the fault. What it takes longer than the phase prolongs the phase. Ends soon when the stage's signal aborts. */
  readonly begin: () => Promise<void>;
  /** Ends the fault. */
  readonly end: () => Promise<void>;
  /** Whether all is as before: asked again and again after the end. */
  readonly isWell: () => Promise<boolean>;
  /** What is left to ask once the load is over. */
  readonly judge: (seen: Seen) => Promise<readonly Finding[]> | readonly Finding[];
}

/** What was measured. */
export interface Seen {
  readonly report: LoadReport;
  /** From the end of the fault until all was as before, in milliseconds; undefined when it never was. */
  readonly recoveryMs: number | undefined;
}

/** A law in a drill. */
export interface Finding {
  readonly id: string;
  /** As a sentence. */
  readonly law: string;
  readonly outcome: 'held' | 'broken' | 'not measured';
  readonly expected: string;
  /** What was measured, or why it was not. */
  readonly measured: string;
}
