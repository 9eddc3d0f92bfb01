export type { MirrorOptions } from './mirror-options.ts';
export { Mirror } from './mirror.ts';
