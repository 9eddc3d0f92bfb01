export { ENTRY_FORMAT, renderEntry } from './entry.ts';
export type { EntryFacts } from './entry.ts';
export { shown } from './odata-literal.ts';
export { parsePath } from './odata-url.ts';
export { downloadAnswer, existing } from './package-download.ts';
export { PackageReader } from './package-reader.ts';
export { serviceDocument } from './service-document.ts';
export { createV2Protocol } from './v2-protocol.ts';
export type { V2ProtocolOptions } from './v2-protocol.ts';
