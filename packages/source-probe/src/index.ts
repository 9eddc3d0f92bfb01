export { openSourceProber } from './open-source-prober.ts';
export type { RunningProber, SourceProbing } from './open-source-prober.ts';
export { probeForLoop } from './probe-for-loop.ts';
export type { LoopProbeParts } from './probe-for-loop.ts';
export type { ForeignSource } from './probe-schedule.ts';
