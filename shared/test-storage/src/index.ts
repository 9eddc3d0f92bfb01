export { startAzurite } from './azurite.ts';
export type { AzuriteStorage } from './azurite.ts';
export { hasSwift, startSwift } from './swift.ts';
export type { TestStorage } from './test-storage.ts';
