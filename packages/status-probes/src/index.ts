export { canarySchema, observationPlanSchema } from './observation-plan.ts';
export type { Canary, ObservationPlan, ObservedFamily, ObservedInstance } from './observation-plan.ts';
export { Observer } from './observer.ts';
export { pushCanary } from './push-canary.ts';
export { tipFor } from './tips/tip-for.ts';
export type { FamilyInView } from './tips/tip-for.ts';
