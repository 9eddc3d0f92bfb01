export { createSymbolsProtocol } from './symbols-protocol.ts';
