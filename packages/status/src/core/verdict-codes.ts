/** How verdicts stand in the samples that are kept: by their place in this list, which only grows at its end. */
import type { Verdict } from '@feedfleet/status-model';

export const VERDICTS: readonly Verdict[] = ['ok', 'slow', 'failed'];
