/** The parts of the status process, in the order in which they start. They stop in the opposite order. */
import { observingPart } from './observing/observing-part.ts';
import type { StatusPartDefinition } from './part.ts';

export const statusParts: readonly StatusPartDefinition[] = [observingPart];
