/** Packages for a feed that has none, or none that fit; pushed only when the user says so. */
import { ProblemError } from '@feedfleet/problems';

import type { TargetService } from './discover-service.ts';
import type { TargetQuestions } from './questions.ts';
import { SAMPLE_PREFIX, samplePackage } from './sample-package.ts';
import type { SamplePackage } from './sample-package.ts';

const IDS = 20;
const VERSIONS = 3;

/** Small packages with some versions each, and one large one. */
export function samplesToPrepare(largeBytes: number): readonly SamplePackage[] {
  const small = Array.from({ length: IDS * VERSIONS }, (_, place): SamplePackage => ({
    id: `${SAMPLE_PREFIX}.P${place % IDS}`,
    version: `1.${Math.floor(place / IDS)}.0`,
  }));
  return [...small, { id: `${SAMPLE_PREFIX}.Large`, version: '1.0.0', contentBytes: largeBytes }];
}

/** @throws {ProblemError} `FF_USAGE` with what the server answered, when it takes one of them neither now nor before. */
export async function pushSamples(
  { publish }: TargetService,
  samples: readonly SamplePackage[],
  questions: TargetQuestions,
): Promise<void> {
  if (publish === undefined) throw new ProblemError('usage', { detail: '--prepare: no address for pushes is known' });
  for (const sample of samples) {
    const { status, text } = await questions.ask(publish, { method: 'PUT', body: samplePackage(sample) });
    // It is there from a run before.
    const isThere = (status >= 200 && status < 300) || status === 409;
    if (isThere) continue;
    const why = status === 0 ? text : `${status} ${text.slice(0, 200)}`;
    throw new ProblemError('usage', {
      detail: `--prepare: the push of ${sample.id} ${sample.version} answered ${why}`,
    });
  }
}
