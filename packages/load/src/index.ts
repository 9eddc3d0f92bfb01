export { LeanClient } from './lean-client.ts';
export type { LoadAnswer, LoadRequest } from './load-client.ts';
export { SLOT_MS } from './load-report.ts';
export type { GroupResult, LoadReport } from './load-report.ts';
export { LoadRun } from './load-run.ts';
export type { LoadGroup, LoadOptions } from './load-run.ts';
