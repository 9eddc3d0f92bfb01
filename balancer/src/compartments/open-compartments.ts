/** Compartments without a limit. */
import type { Compartments, Permit } from './compartments.ts';

const PERMIT: Permit = { outcome: 'admitted', leave: () => undefined };

export class OpenCompartments implements Compartments {
  enter(): Permit {
    return PERMIT;
  }
}
