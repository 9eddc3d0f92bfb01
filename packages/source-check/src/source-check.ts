/** What a check of a package source found: for those who manage the feed. No secret, and no address of the inner network. */
import { problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';

/** In the order in which they are told. */
export const FOREIGN_STEPS = [
  'address',
  'connection',
  'tls',
  'protocol',
  'credential',
  'search',
  'query',
  'loop',
] as const;
export const FLEET_STEPS = ['feed', 'credential', 'query'] as const;
export type StepName = (typeof FOREIGN_STEPS)[number] | (typeof FLEET_STEPS)[number];

/** `warning`: it works, and somebody should know. */
export type StepOutcome = 'passed' | 'warning' | 'failed' | 'skipped';

export interface CheckStep {
  readonly step: StepName;
  readonly outcome: StepOutcome;
  /** Of a problem, where it failed by one. */
  readonly code: string | null;
  readonly detail: string;
  readonly tookMs: number | null;
}

export interface CheckedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: string;
  /** ISO instants. */
  readonly validFrom: string;
  readonly validTo: string;
  /** Negative when it expired. */
  readonly daysLeft: number;
}

export interface SourceCheck {
  /** Whether no step failed. */
  readonly works: boolean;
  readonly steps: readonly CheckStep[];
  /** Of a foreign source that is asked by TLS. */
  readonly certificate: CheckedCertificate | null;
  /** Types of resources that the service index of a v3 source names, functions of a v2 source. */
  readonly resources: readonly string[];
}

/** Takes down steps as they are taken. */
export class StepLog {
  readonly #steps = new Map<StepName, CheckStep>();

  add(step: StepName, outcome: StepOutcome, detail: string, more: { tookMs?: number; code?: string } = {}): void {
    const tookMs = more.tookMs === undefined ? null : Math.round(more.tookMs);
    this.#steps.set(step, { step, outcome, code: more.code ?? null, detail, tookMs });
  }

  fail(step: StepName, problem: ProblemName, detail: string): void {
    this.add(step, 'failed', detail, { code: problemRegistry[problem].code });
  }

  get hasFailed(): boolean {
    return [...this.#steps.values()].some(({ outcome }) => outcome === 'failed');
  }

  /** @param names - all that belong to the check, in order: what was not taken is told as skipped. */
  all(names: readonly StepName[]): readonly CheckStep[] {
    const missing = {
      outcome: 'skipped',
      code: null,
      detail: 'not tried, because of what failed',
      tookMs: null,
    } as const;
    return names.map((step) => this.#steps.get(step) ?? { step, ...missing });
  }
}
