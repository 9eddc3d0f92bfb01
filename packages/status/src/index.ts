export type { KnownFamily, KnownFleet, KnownInstance } from './known-fleet.ts';
export { openApiText } from './api/openapi.ts';
export { settingsSchema } from './settings.ts';
