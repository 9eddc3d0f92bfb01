export { ENTRY_FORMAT, renderEntry } from './entry.ts';
export type { EntryFacts } from './entry.ts';
export { createV2Protocol } from './v2-protocol.ts';
export type { V2ProtocolOptions } from './v2-protocol.ts';
