export { createV1Protocol } from './v1-protocol.ts';
export type { V1ProtocolOptions } from './v1-protocol.ts';
