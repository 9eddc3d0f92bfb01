export { openSourceChecks } from './open-source-checks.ts';
export type { SourceChecking, SourceChecks } from './open-source-checks.ts';
