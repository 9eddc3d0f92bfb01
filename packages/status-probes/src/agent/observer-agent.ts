/**
 * An observer elsewhere: takes its plan from the status process, looks, and tells what it saw, signed. While the page is away it goes on
 * by its last plan, and keeps what it saw on disk until the page is back.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { maxSamplesABatch } from '@feedfleet/status-model';
import type { Sample } from '@feedfleet/status-model';

import { observationPlanSchema } from '../observation-plan.ts';
import type { ObservationPlan } from '../observation-plan.ts';
import { Observer } from '../observer.ts';
import { ProbeClient } from '../probe-client.ts';
import type { ProbeAnswer } from '../probe-client.ts';
import { PLAN_PATH, SAMPLES_PATH } from '../reporting/observer-api.ts';
import { signatureHeaders } from '../reporting/signature.ts';
import { SampleQueue } from './sample-queue.ts';

export interface ObserverAgentOptions {
  /** Of the status process, without a slash at the end. */
  readonly statusUrl: string;
  readonly name: string;
  readonly secret: string;
  /** Its own: for its plan and what it has not told yet. */
  readonly folder: string;
  /** Where it reaches the balancer, when that is not where the plan says. */
  readonly entryUrl?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that never goes back. Default: that of the process. */
  readonly elapsedMs?: () => number;
  /** One sentence about what changed: the page is away, it is back, it refuses. */
  readonly tell: (sentence: string) => void;
}

/** How often it tells, and how often it asks for its plan, in milliseconds: while the page answers, and while it does not. */
const [TELL_MS, TELL_AWAY_MS, PLAN_MS, PLAN_AWAY_MS] = [5_000, 60_000, 60_000, 5_000];
const TIMEOUT_MS = 15_000;
/** Batches in one go, so that a page that is back is not flooded. */
const BATCHES_AT_A_TIME = 50;

export class ObserverAgent {
  readonly #options: ObserverAgentOptions;
  readonly #client = new ProbeClient();
  readonly #queue: SampleQueue;
  readonly #observer: Observer;
  readonly #seen: Sample[] = [];
  readonly #planFile: string;
  #plan: ObservationPlan | undefined;
  #isAway = false;
  #isRunning = false;
  #told = '';
  #timer: NodeJS.Timeout | undefined;
  #nextPlanMs = 0;
  #nextTellMs = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ObserverAgentOptions) {
    this.#options = options;
    const { folder, name, now } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#planFile = path.join(folder, 'plan.json');
    this.#plan = readPlan(this.#planFile);
    const newId = () => randomBytes(9).toString('hex');
    this.#queue = new SampleQueue({ folder: path.join(folder, 'queue'), observer: name, newId });
    this.#observer = new Observer({
      name,
      plan: () => this.#ownPlan(),
      now,
      onSample: (sample) => this.#saw(sample),
      onFault: (error) => this.#tell(`a look failed in itself: ${String(error)}`),
    });
  }

  start(): void {
    this.#isRunning = true;
    this.#observer.start();
    this.#tick();
  }

  /** Keeps what was not told for the next start. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#observer.stop();
    await this.#work;
    this.#keepSeen();
    this.#client.close();
  }

  #ownPlan(): ObservationPlan | undefined {
    const { entryUrl } = this.#options;
    return this.#plan === undefined || entryUrl === undefined ? this.#plan : { ...this.#plan, entryUrl };
  }

  #tick(): void {
    this.#work = this.#doWhatIsDue().finally(() => {
      if (this.#isRunning) this.#timer = setTimeout(() => this.#tick(), 500);
    });
  }

  async #doWhatIsDue(): Promise<void> {
    const { elapsedMs = () => performance.now() } = this.#options;
    const now = elapsedMs();
    const isAsked = now >= this.#nextPlanMs || now >= this.#nextTellMs;
    try {
      // On disk before anything is asked: while the page is away neither question is answered.
      if (now >= this.#nextTellMs) this.#keepSeen();
      if (now >= this.#nextPlanMs) await this.#fetchPlan();
      if (now >= this.#nextTellMs) await this.#tellAll();
      // A turn in which nothing was asked says nothing of the page.
      if (isAsked) this.#isAway = false;
    } catch (error) {
      this.#isAway = true;
      const why = error instanceof Error ? error.message : String(error);
      this.#tell(`the status page is away (${why}); what is seen is kept until it is back`);
    }
    if (now >= this.#nextPlanMs)
      this.#nextPlanMs = now + (this.#isAway || this.#plan === undefined ? PLAN_AWAY_MS : PLAN_MS);
    if (now < this.#nextTellMs) return;
    // Whenever the plan is asked for anew and comes, the page is back, and hears at once.
    this.#nextTellMs = now + (this.#isAway ? TELL_AWAY_MS : TELL_MS);
  }

  async #fetchPlan(): Promise<void> {
    const answer = await this.#ask('GET', PLAN_PATH, Buffer.alloc(0));
    if (answer.status === 200) {
      const plan = observationPlanSchema.parse(JSON.parse(answer.body.toString('utf8')));
      if (JSON.stringify(plan) !== JSON.stringify(this.#plan)) keepPlan(this.#planFile, plan);
      this.#plan = plan;
      if (this.#isAway) this.#nextTellMs = 0;
      this.#tell(`observing ${plan.families.length} families at ${this.#ownPlan()?.entryUrl ?? ''}`);
      return;
    }
    this.#tell(`the status page gives no plan: ${detailOf(answer)}`);
  }

  async #tellAll(): Promise<void> {
    this.#keepSeen();
    for (let sent = 0; sent < BATCHES_AT_A_TIME; sent += 1) {
      const batch = this.#queue.next();
      if (batch === undefined) return;
      const answer = await this.#ask('POST', SAMPLES_PATH, batch.body);
      if (answer.status >= 500 || answer.status === 401 || answer.status === 429) {
        throw new Error(detailOf(answer));
      }
      if (answer.status !== 200) this.#tell(`the status page refused what was seen: ${detailOf(answer)}`);
      this.#queue.done(batch.file);
    }
  }

  /** Memory holds one batch at most, however long an answer takes. */
  #saw(sample: Sample): void {
    this.#seen.push(sample);
    if (this.#seen.length >= maxSamplesABatch) this.#keepSeen();
  }

  #keepSeen(): void {
    const samples = this.#seen.splice(0);
    if (samples.length === 0 || this.#plan === undefined) return;
    this.#queue.add(samples, this.#plan.familyMs, this.#options.now());
  }

  #ask(method: 'GET' | 'POST', path: string, body: Buffer): Promise<ProbeAnswer> {
    const { statusUrl, name, secret, now } = this.#options;
    const headers = signatureHeaders({ observer: name, secret }, body, now());
    return this.#client.send({
      url: new URL(statusUrl + path),
      method,
      headers: { ...headers, ...(method === 'POST' ? { 'content-type': 'application/json' } : {}) },
      ...(method === 'POST' ? { body } : {}),
      timeoutMs: TIMEOUT_MS,
    });
  }

  #tell(sentence: string): void {
    if (sentence === this.#told) return;
    this.#told = sentence;
    this.#options.tell(sentence);
  }
}

function readPlan(file: string): ObservationPlan | undefined {
  try {
    return observationPlanSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** It has a key in it. */
function keepPlan(file: string, plan: ObservationPlan): void {
  writeFileSync(`${file}.new`, JSON.stringify(plan), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function detailOf({ status, body }: ProbeAnswer): string {
  const detail = /"detail":"((?:[^"\\]|\\.){1,300})"/.exec(body.subarray(0, 4096).toString('utf8'))?.[1];
  return detail === undefined ? `status ${status}` : `${status}, ${detail.replaceAll('\\"', '"')}`;
}
