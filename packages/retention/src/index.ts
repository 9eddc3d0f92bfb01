export { previewSweep, sweep } from './sweep.ts';
export type { SweepOptions, SweepResult } from './sweep.ts';
export type { RetentionPlan, RetentionPolicy } from './plan.ts';
export { RetentionKeeper } from './retention-keeper.ts';
export type { KeptFeed, RetentionKeeperOptions } from './retention-keeper.ts';
