export { RetentionEndpoint } from './retention-endpoint.ts';
export type { RetentionEndpointOptions } from './retention-endpoint.ts';
export { RetentionKeeper } from './retention-keeper.ts';
export type { KeptFeed, RetentionKeeperOptions } from './retention-keeper.ts';
export { isManaged } from './retention-target.ts';
