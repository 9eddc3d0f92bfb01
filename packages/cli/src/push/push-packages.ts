/**
 * Pushes many packages: a few at a time, again after what passes, and no further once the server itself is the trouble.
 */
import type { Clock } from '@feedfleet/registry-client';

import { failureOf, type Failure } from '../failure.ts';
import type { PackageFile } from './find-packages.ts';
import type { ResumeState } from './resume-state.ts';
import { isRetried, pauseBeforeRetry, type RetryPolicy } from './retry-policy.ts';
import { StopRule } from './stop-rule.ts';
import type { UploadAnswer } from './upload.ts';

/**
 * `pushed`: acknowledged now. `exists`: the feed has this version, and that is no failure here. `resumed`: acknowledged by
 * an earlier run. `notTried`: the push stopped before.
 */
export type PushOutcome = 'pushed' | 'exists' | 'resumed' | 'failed' | 'notTried';

export interface PushResult {
  readonly file: PackageFile;
  readonly outcome: PushOutcome;
  /** 0 for what was not sent. */
  readonly attempts: number;
  readonly failure?: Failure;
}

export interface PushProgress {
  readonly bytes: (count: number) => void;
  readonly finished: (result: PushResult) => void;
}

export interface PushOptions {
  readonly files: readonly PackageFile[];
  /** Packages on their way at the same time. At least 1. */
  readonly concurrency: number;
  /** A version that the feed has already is no failure. */
  readonly skipDuplicate: boolean;
  readonly state: ResumeState | undefined;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly progress: PushProgress;
  readonly upload: (file: PackageFile, onBytes: (bytes: number) => void) => Promise<UploadAnswer>;
}

async function pushOne(file: PackageFile, options: PushOptions): Promise<PushResult> {
  const { state, signal, clock } = options;
  const known = (await state?.knows(file, signal)) ?? 'nothing';
  if (known === 'acknowledged') return { file, outcome: 'resumed', attempts: 0 };
  // An attempt without an answer may have arrived: a duplicate is then our own doing.
  let mayBeThere = known === 'sent';
  await state?.record('sent', file);
  for (let attempt = 1; ; attempt += 1) {
    let sentBytes = 0;
    const answer = await options.upload(file, (bytes) => {
      sentBytes += bytes;
      options.progress.bytes(bytes);
    });
    if (answer.outcome === 'acknowledged') {
      await state?.record('acknowledged', file, answer.sha256);
      return { file, outcome: 'pushed', attempts: attempt };
    }
    options.progress.bytes(-sentBytes);
    const { failure } = answer;
    if (failure.status === 409 && (options.skipDuplicate || mayBeThere)) {
      await state?.record('acknowledged', file);
      return { file, outcome: 'exists', attempts: attempt };
    }
    mayBeThere ||= answer.outcome === 'unanswered' || failure.status >= 500;
    const retryAfterMs = answer.outcome === 'refused' ? answer.retryAfterMs : undefined;
    const again = answer.outcome === 'unanswered' || (failure.status !== 0 && isRetried(failure.status));
    const pauseMs = again
      ? pauseBeforeRetry(options.retry, { attempt, retryAfterMs, random: options.random() })
      : undefined;
    if (pauseMs === undefined) {
      // Every attempt was refused: what the feed has under this name later is somebody else's.
      if (!mayBeThere) await state?.record('refused', file);
      return { file, outcome: 'failed', attempts: attempt, failure };
    }
    await clock.sleep(pauseMs, signal);
  }
}

async function pushOneSafely(file: PackageFile, options: PushOptions): Promise<PushResult> {
  try {
    return await pushOne(file, options);
  } catch (error) {
    if (options.signal.aborted) return { file, outcome: 'notTried', attempts: 0 };
    return { file, outcome: 'failed', attempts: 0, failure: failureOf(error) };
  }
}

/** @returns one result a file, in the order of the files; never rejects for what a package or the server did. */
export async function pushPackages(options: PushOptions): Promise<readonly PushResult[]> {
  const results: PushResult[] = options.files.map((file) => ({ file, outcome: 'notTried', attempts: 0 }));
  const rule = new StopRule();
  const waiting = options.files.entries();
  const worker = async (): Promise<void> => {
    for (const [index, file] of waiting) {
      if (rule.stops || options.signal.aborted) return;
      const result = await pushOneSafely(file, options);
      results[index] = result;
      if (result.outcome !== 'resumed') rule.saw(result.failure);
      if (result.outcome !== 'notTried') options.progress.finished(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, options.files.length) }, worker));
  return results;
}
