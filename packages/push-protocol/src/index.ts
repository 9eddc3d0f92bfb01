export { PushEndpoint } from './push-endpoint.ts';
export type { PushDirectory, PushEndpointOptions } from './push-endpoint.ts';
export { PushGate } from './push-gate.ts';
export type { PushGateLimits } from './push-gate.ts';
export { UploadGate } from './upload-gate.ts';
export type { UploadRateLimits } from './upload-rate.ts';
export { PushService } from './push-service.ts';
export type { FragmentFacts, PushServiceOptions, RenderFragments } from './push-service.ts';
