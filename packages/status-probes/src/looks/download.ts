/** A download whose bytes have to be the ones that were pushed. */
import { createHash } from 'node:crypto';

import { statusFault } from './step.ts';
import type { Found, Step } from './step.ts';

/** @param sha512 - in Base64. */
export function downloadStep({ sha512 }: { readonly sha512: string }, path: (found: Found) => string): Step {
  return {
    name: 'download',
    request: (found) => ({ path: path(found) }),
    faultOf: (answer) => {
      const fault = statusFault(answer, [200]);
      if (fault !== undefined) return fault;
      const given = createHash('sha512').update(answer.body).digest('base64');
      return given === sha512 ? undefined : 'sha512 differs';
    },
  };
}
