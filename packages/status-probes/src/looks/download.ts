/** A download whose bytes have to be the ones that were pushed. */
import { createHash } from 'node:crypto';

import type { CanaryPackage } from '../canary-package.ts';
import { statusFault } from './step.ts';
import type { Found, Step } from './step.ts';

export function downloadStep(wanted: CanaryPackage, path: (found: Found) => string): Step {
  return {
    name: 'download',
    request: (found) => ({ path: path(found) }),
    faultOf: (answer) => {
      const fault = statusFault(answer, [200]);
      if (fault !== undefined) return fault;
      const sha512 = createHash('sha512').update(answer.body).digest('base64');
      return sha512 === wanted.sha512 ? undefined : 'sha512 differs';
    },
  };
}
