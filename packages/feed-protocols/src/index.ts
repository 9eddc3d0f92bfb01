export { readingProtocols } from './reading-protocols.ts';
