export type { ProblemDefinition } from './problem-definition.ts';
export { ProblemError, toProblem } from './problem-error.ts';
export type { ProblemDocument, ProblemOptions } from './problem-error.ts';
export { FAULT_HEADER, SOURCE_FAULT, STORAGE_FAULT, problemRegistry } from './registry.ts';
export type { ProblemName } from './registry.ts';
