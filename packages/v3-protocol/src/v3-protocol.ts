/** The NuGet v3 protocol over a feed. */
import type { FeedProtocol } from '@feedfleet/feed-endpoint';
import type { BlobStore, MetadataStore } from '@feedfleet/store';

export interface V3ProtocolOptions {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
}

export function createV3Protocol(options: V3ProtocolOptions): FeedProtocol {
  return { mount: '/api/v3', answer: () => Promise.reject(new Error(String(options))) };
}
