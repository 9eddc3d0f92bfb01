export { balancerSettingsSchema } from './settings.ts';
export type { BalancerSettings } from './settings.ts';
