/** The parts of the status process, in the order in which they start. They stop in the opposite order. */
import { availabilityPart } from './availability/availability-part.ts';
import { certificatesPart } from './certificates/certificates-part.ts';
import { incidentsPart } from './incidents/incidents-part.ts';
import { observingPart } from './observing/observing-part.ts';
import { pagesPart } from './pages/pages-part.ts';
import type { StatusPartDefinition } from './part.ts';

/** The pages come last: they answer every path that no other part has. */
export const statusParts: readonly StatusPartDefinition[] = [
  observingPart,
  availabilityPart,
  certificatesPart,
  incidentsPart(),
  pagesPart,
];
