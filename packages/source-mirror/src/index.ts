export { Mirror } from './mirror.ts';
export type { MirrorOptions } from './mirror.ts';
