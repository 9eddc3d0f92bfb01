export { describeSettings, environmentName, secret } from './describe-settings.ts';
export type { SettingRow } from './describe-settings.ts';
export { loadSettings } from './load-settings.ts';
export type { Environment, LoadSettingsOptions } from './load-settings.ts';
