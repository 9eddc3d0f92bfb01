/**
 * An observer: looks at everything in the plan, each at its own pace, and hands on the samples.
 *
 * Looks are spread over the interval, and one at the same thing never overlaps the next. A look that does not end in time is over by
 * the time limits of its steps.
 */
import type { Sample } from '@feedfleet/status-model';

import { lookAtFamily, lookAtPackageWrites, lookAtWrites } from './family-look.ts';
import type { FamilyLookOptions, Finding } from './family-look.ts';
import { lookAtInstance } from './instance-look.ts';
import type { ObservationPlan, ObservedFamily } from './observation-plan.ts';
import { ProbeClient } from './probe-client.ts';

export interface ObserverOptions {
  readonly name: string;
  /** Asked before each look; `undefined` while there is none. */
  readonly plan: () => ObservationPlan | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onSample: (sample: Sample) => void;
  /** Called when a look fails in a way that says nothing of what was looked at. */
  readonly onFault: (error: unknown) => void;
}

interface Due {
  nextMs: number;
  isUnderWay: boolean;
}

interface LastWrite {
  readonly finding: Finding;
  readonly atMs: number;
  /** In a row. */
  readonly failures: number;
}

/** How often it is seen what is due, in milliseconds; less for short intervals. */
const LONGEST_TICK_MS = 250;
const WRITING_FAMILY = 'push';
/** Milder than any other. */
const NOTHING: Finding = { verdict: 'ok', latencyMs: null, reason: null };
/** How often a package is pushed for real: the feed's catalog keeps every one for ever, in milliseconds. */
const PACKAGE_WRITE_MS = 86_400_000;
/** One that fails is tried again at once a few times, and then every so often: what failed behind the push has left an entry too. */
const [QUICK_TRIES, PACKAGE_RETRY_MS] = [3, 60_000];

export class Observer {
  readonly #options: ObserverOptions;
  readonly #client = new ProbeClient();
  /** By component. */
  readonly #due = new Map<string, Due>();
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  /** Of symbols, and of a package. */
  #lastWrite: LastWrite | undefined;
  #lastPackageWrite: LastWrite | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setTimeout(() => this.#tick(), 0);
  }

  /** Looks that are under way find nobody to tell. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#client.close();
  }

  #tick(): void {
    const plan = this.#options.plan();
    if (plan !== undefined) this.#startWhatIsDue(plan);
    const shortest = plan === undefined ? LONGEST_TICK_MS : Math.min(plan.familyMs, plan.instanceMs) / 4;
    this.#timer = setTimeout(() => this.#tick(), Math.min(LONGEST_TICK_MS, shortest));
  }

  #startWhatIsDue(plan: ObservationPlan): void {
    const things = [
      ...plan.families.map((family) => ({
        component: `family:${family.id}`,
        everyMs: plan.familyMs,
        look: () => this.#lookAtFamily(plan, family),
      })),
      ...plan.instances.map((instance) => ({
        component: `instance:${instance.id}`,
        everyMs: plan.instanceMs,
        look: () => lookAtInstance({ client: this.#client, plan, instance }),
      })),
    ];
    this.#forgetOthers(new Set(things.map(({ component }) => component)));
    const now = performance.now();
    for (const [index, { component, everyMs, look }] of things.entries()) {
      const due = this.#due.get(component) ?? {
        nextMs: now + (everyMs / 2) * (index / things.length),
        isUnderWay: false,
      };
      this.#due.set(component, due);
      if (due.isUnderWay || now < due.nextMs) continue;
      due.nextMs = Math.max(due.nextMs + everyMs, now);
      due.isUnderWay = true;
      void this.#report(component, look).finally(() => (due.isUnderWay = false));
    }
  }

  #forgetOthers(components: ReadonlySet<string>): void {
    for (const component of this.#due.keys()) if (!components.has(component)) this.#due.delete(component);
  }

  async #report(component: string, look: () => Promise<Finding>): Promise<void> {
    const { now, onSample, onFault } = this.#options;
    try {
      const finding = await look();
      if (this.#timer === undefined) return;
      onSample({ component, at: new Date(now()).toISOString(), ...finding });
    } catch (error) {
      onFault(error);
    }
  }

  async #lookAtFamily(plan: ObservationPlan, family: ObservedFamily): Promise<Finding> {
    const options = { client: this.#client, plan, family, turn: (this.#turn += 1) };
    const read = await lookAtFamily(options);
    if (family.id !== WRITING_FAMILY || plan.canary === null || read.verdict === 'failed') return read;
    const findings = [read];
    if (isDue(this.#lastWrite, plan.writeMs)) {
      this.#lastWrite = written(await lookAtWrites(options), this.#lastWrite);
      findings.push(this.#lastWrite.finding);
    }
    findings.push(await this.#writePackage(options));
    return findings.reduce(worse);
  }

  /** Until the next try the last one holds where it failed. */
  async #writePackage(options: FamilyLookOptions): Promise<Finding> {
    const last = this.#lastPackageWrite;
    const retryMs = (last?.failures ?? 0) < QUICK_TRIES ? 0 : Math.min(PACKAGE_RETRY_MS, options.plan.writeMs);
    if (last !== undefined && !isDue(last, Math.max(PACKAGE_WRITE_MS, options.plan.writeMs), retryMs)) {
      return last.finding.verdict === 'failed' ? last.finding : NOTHING;
    }
    this.#lastPackageWrite = written(await lookAtPackageWrites(options, this.#options.name), last);
    return this.#lastPackageWrite.finding;
  }
}

function written(finding: Finding, last: LastWrite | undefined): LastWrite {
  const failures = finding.verdict === 'failed' ? (last?.failures ?? 0) + 1 : 0;
  return { finding, atMs: performance.now(), failures };
}

/** @param retryMs - after a failure, in milliseconds. */
function isDue(last: LastWrite | undefined, everyMs: number, retryMs = 0): boolean {
  if (last === undefined) return true;
  return performance.now() - last.atMs >= (last.failures > 0 ? retryMs : everyMs);
}

function worse(one: Finding, other: Finding): Finding {
  const rank = { ok: 0, slow: 1, failed: 2 };
  return rank[other.verdict] >= rank[one.verdict] ? other : one;
}
