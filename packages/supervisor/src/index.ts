export { ENVIRONMENT_PREFIX, supervisorSettingsSchema } from './supervisor-settings.ts';
export type { SupervisorSettings } from './supervisor-settings.ts';
