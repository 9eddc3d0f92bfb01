export { openSourceProber } from './open-source-prober.ts';
export type { RunningProber, SourceProbing } from './open-source-prober.ts';
