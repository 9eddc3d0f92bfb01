export type { LogFields, LogLevel, Logger } from './logger.ts';
export type { RequestContext } from './request-context.ts';
