export { createFeedEndpoint } from './feed-endpoint.ts';
export type { FeedEndpoint, FeedEndpointOptions } from './feed-endpoint.ts';
export { feedFamilySettingsSchema } from './feed-family-settings.ts';
export type { HierarchyParts } from './hierarchy-answers.ts';
export { runFeedFamily } from './run-feed-family.ts';
export type { FeedFamily, ProtocolOver } from './run-feed-family.ts';
export type {
  Answer,
  BlobAnswer,
  BytesAnswer,
  FeedProtocol,
  FeedQuery,
  RelayAnswer,
  StreamAnswer,
} from './protocol.ts';
export type { OpenStandIn, StandIn, StandInFamilies, StandInParts } from './stand-ins.ts';
