export type { Answer, BlobAnswer, BytesAnswer, FeedProtocol, FeedQuery } from './protocol.ts';
