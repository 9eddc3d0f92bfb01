export { ObserverAgent } from './agent/observer-agent.ts';
export { canarySchema, observationPlanSchema } from './observation-plan.ts';
export type { Canary, ObservationPlan, ObservedFamily, ObservedInstance } from './observation-plan.ts';
export { Observer } from './observer.ts';
export { ProbeClient } from './probe-client.ts';
export { pushCanary } from './push-canary.ts';
export {
  observerListSchema,
  observerRemovedSchema,
  OBSERVERS_PATH,
  observerWriteSchema,
  observerWrittenSchema,
  PLAN_PATH,
  SAMPLES_PATH,
  samplesAnswerSchema,
} from './reporting/observer-api.ts';
export type { ObserverEntry, SamplesAnswer } from './reporting/observer-api.ts';
export { OBSERVER_HEADER, signatureFault, signatureHeaders } from './reporting/signature.ts';
export { tipFor } from './tips/tip-for.ts';
export type { FamilyInView } from './tips/tip-for.ts';
