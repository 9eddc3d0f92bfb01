export { exitCodeMeanings, exitCodes } from './exit-codes.ts';
export type { ExitCode } from './exit-codes.ts';
export type { CliParts, RegistryAddress, RegistryPort, TextOutput } from './parts.ts';
export { buildProgram } from './program.ts';
export type { CliProgram } from './program.ts';
