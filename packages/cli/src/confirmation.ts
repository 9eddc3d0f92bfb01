/** Asks before what cannot be undone. */
import { ProblemError } from '@feedfleet/problems';

import type { CliParts } from './parts.ts';

/**
 * Returns when the user agreed, by `--yes` or by an answer.
 *
 * @throws {ProblemError} `FF_STOPPED` after a no, `FF_USAGE` when nobody can be asked.
 */
export async function confirmOrRefuse(
  parts: Pick<CliParts, 'confirm' | 'signal'>,
  wanted: { readonly agreed: boolean; readonly question: string },
): Promise<void> {
  if (wanted.agreed) return;
  if (parts.confirm === undefined) {
    throw new ProblemError('usage', { detail: 'there is no terminal to ask at: give --yes' });
  }
  if (!(await parts.confirm(wanted.question, parts.signal))) {
    throw new ProblemError('stopped', { detail: 'nothing was changed' });
  }
}
