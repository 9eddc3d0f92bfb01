/** What a scenario is: what it asks of a target, in which phases, and what it needs for that. */
import type { LoadGroup } from '../load-run.ts';
import type { LoadRequest } from '../load-client.ts';
import type { LoadTarget } from '../target/load-target.ts';

export interface ScenarioSettings {
  /** Of all groups together, in the phases of ordinary load. */
  readonly ratePerSecond: number;
  /** Of all phases after the warm-up. */
  readonly seconds: number;
  /** Of each group. */
  readonly maxConnections: number;
  /** Letters and digits, of this run alone: part of the versions that it pushes and of questions that nobody asked before. */
  readonly run: string;
}

export interface PlannedPhase {
  readonly name: string;
  /** Part of all the seconds; the phases' make 1 together. */
  readonly share: number;
  /** Requests a second by group; the others pause. */
  readonly rates: Readonly<Record<string, number>>;
  /** What happens at its beginning, for the report. */
  readonly mark?: string;
  /** Sent once at its beginning; it is what happens, and counts in no figure. */
  readonly begin?: {
    readonly request: LoadRequest;
    readonly acknowledged: () => void;
  };
}

export interface ScenarioPlan {
  readonly groups: readonly LoadGroup[];
  readonly phases: readonly [PlannedPhase, ...PlannedPhase[]];
  /** What the reader of the report has to know of this target. */
  readonly notes?: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** What it does, in a sentence or two. */
  readonly says: string;
  /** Of the target and of the user. */
  readonly needs: string;
  readonly defaults: Pick<ScenarioSettings, 'ratePerSecond' | 'seconds'>;
  /** Whether it pushes packages, and so has to have a key. */
  readonly pushes: boolean;
  /** @throws {ProblemError} `FF_USAGE` when the target lacks what it needs. */
  readonly plan: (target: LoadTarget, settings: ScenarioSettings) => ScenarioPlan | Promise<ScenarioPlan>;
}
