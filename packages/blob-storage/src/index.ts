export { openRemoteStorage } from './open-storage.ts';

export { refuseIncompleteStorage, storageSettingsShape } from './storage-settings.ts';
