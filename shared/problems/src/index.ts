export { ProblemError, toProblem } from './problem-error.ts';
export type { ProblemDocument, ProblemOptions } from './problem-error.ts';
export { FAULT_HEADER, SOURCE_FAULT, problemRegistry } from './registry.ts';
export type { ProblemDefinition, ProblemName } from './registry.ts';
