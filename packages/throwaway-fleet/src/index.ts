export { COMPILED_CODE } from './code-folder.ts';
export { eventually } from './eventually.ts';
export { startExtraProcess } from './extra-process.ts';
export { FleetProcesses, portsOf, registryUrlOf } from './fleet-processes.ts';
export type { ProcessTree } from './fleet-processes.ts';
export { freePort, startFleet } from './fleet.ts';
export type { Fleet } from './fleet.ts';
export { statusProcessOf } from './left-status.ts';
