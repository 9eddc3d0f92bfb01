export { createPushFamily, openPushStore } from './push-family.ts';
export type { PushFamily, PushFamilyOptions, PushStore, PushStoreOptions } from './push-family.ts';
