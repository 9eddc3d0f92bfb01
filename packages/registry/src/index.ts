export { openApiText } from './openapi.ts';
export type { KeyUse, RegistryLog } from './registry-log.ts';
export { settingsSchema } from './settings.ts';
export { SqliteRegistryLog } from './sqlite-registry-log.ts';
export { startRegistry } from './start-registry.ts';
export type { RunningRegistry, StartRegistryOptions } from './start-registry.ts';
