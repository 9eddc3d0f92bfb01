export { createFeedEndpoint } from './feed-endpoint.ts';
export type { FeedEndpoint, FeedEndpointOptions } from './feed-endpoint.ts';
export type { Answer, BlobAnswer, BytesAnswer, FeedProtocol, FeedQuery } from './protocol.ts';
