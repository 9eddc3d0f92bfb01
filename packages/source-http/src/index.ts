export type { OwnAddress } from '@feedfleet/address-guard';
export { createSourceHttp } from './create-source-http.ts';
export type { SourceHttpOptions } from './create-source-http.ts';
export type { SeenCertificate, SourceConnection } from './inspect-connection.ts';
export type { SourceLimits } from './limits.ts';
export { proxyFromEnvironment } from './proxy.ts';
export type { ProxyFor } from './proxy.ts';
export { SourceFailure } from './source-failure.ts';
export type { SourceFailureKind, SourceFailureOptions } from './source-failure.ts';
export type {
  SourceAsk,
  SourceHttp,
  SourceInspection,
  SourceRequest,
  SourceResponse,
  SourceState,
  SourceTarget,
} from './source-http.ts';
