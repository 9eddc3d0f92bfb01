export { describeSettings, environmentName, secret } from './describe-settings.ts';
export type { SettingRow } from './describe-settings.ts';
export { loadSettings } from './load-settings.ts';
export type { LoadSettingsOptions } from './load-settings.ts';
export { originsAsEnvironment } from './setting-origins.ts';
export type { Environment } from './setting-origins.ts';
