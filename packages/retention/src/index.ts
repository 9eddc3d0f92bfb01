export { previewSweep, sweep } from './sweep.ts';
export type { SweepOptions, SweepResult } from './sweep.ts';
export type { RetentionPlan, RetentionPolicy } from './plan.ts';
