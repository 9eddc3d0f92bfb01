/**
 * What each family that reads feeds serves on its paths: its own process loads that at its start, and each other one when it has to
 * stand in for it, so that an idle process holds no code but its own.
 */
import type { ProtocolOver } from '@feedfleet/feed-endpoint';
import type { ReadingFamily } from '@feedfleet/registry-client';

export const readingProtocols: Readonly<Record<ReadingFamily, ProtocolOver>> = {
  default: async (store) => (await import('@feedfleet/v2-protocol')).createV2Protocol({ ...store, mount: '' }),
  v1: async (store) => (await import('@feedfleet/v1-protocol')).createV1Protocol(store),
  v2: async (store) => (await import('@feedfleet/v2-protocol')).createV2Protocol({ ...store, mount: '/api/v2' }),
  v3: async (store) => (await import('@feedfleet/v3-protocol')).createV3Protocol(store),
};
