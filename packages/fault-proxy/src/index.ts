export { FaultProxy } from './fault-proxy.ts';
export type { FaultProxyOptions } from './fault-proxy.ts';
export type { NetworkFault } from './network-fault.ts';
