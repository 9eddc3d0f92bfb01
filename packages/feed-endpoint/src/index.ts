export { createFeedEndpoint } from './feed-endpoint.ts';
export type { FeedEndpoint, FeedEndpointOptions } from './feed-endpoint.ts';
export type { FeedDirectory } from './feed-request.ts';
export type { Answer, BlobAnswer, BytesAnswer, FeedProtocol, FeedQuery } from './protocol.ts';
