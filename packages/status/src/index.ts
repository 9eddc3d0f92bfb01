export type { KnownFamily, KnownFleet, KnownInstance } from './known-fleet.ts';
export { settingsSchema } from './settings.ts';
