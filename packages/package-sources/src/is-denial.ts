/** A source that does not let the credential in, or not any more. */
import { problemRegistry } from '@feedfleet/problems';

import type { SourceAnswer } from './package-source.ts';

/** Whether the source says so itself (401, 403): then nothing that it told before stands in for it. */
export function isDenial(answer: SourceAnswer<unknown>): boolean {
  return answer.outcome === 'unavailable' && answer.code === problemRegistry.sourceDenied.code;
}
