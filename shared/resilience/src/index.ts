export { Breaker, defaultBreakerPolicy } from './breaker.ts';
export type { BreakerAnswer, BreakerFault, BreakerPermit, BreakerPolicy, BreakerState } from './breaker.ts';
export { Bulkhead } from './bulkhead.ts';
export type { BulkheadAnswer, BulkheadPolicy } from './bulkhead.ts';
