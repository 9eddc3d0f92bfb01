export { LEAF_FORMAT, renderLeaf } from './leaf.ts';
export type { LeafFacts } from './leaf.ts';
export { createV3Protocol } from './v3-protocol.ts';
export type { V3ProtocolOptions } from './v3-protocol.ts';
