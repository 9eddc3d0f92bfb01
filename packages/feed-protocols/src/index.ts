export { readingProtocols } from './reading-protocols.ts';
export { standIns } from './push-stand-in.ts';
