export { BUSY_HEADER } from './busy-meter.ts';
export { createLogger } from './create-logger.ts';
export type { LoggerOptions } from './create-logger.ts';
export type {
  CertificateSource,
  ContextOf,
  FastHandler,
  HostLimits,
  HostOptions,
  ListenAddress,
  OpsHandler,
  RawHandler,
  Readiness,
  RefusedMessage,
  RunningHost,
  SecureListen,
} from './host-options.ts';
export { TLS_POLICY } from './tls-policy.ts';
export { createMetrics } from './create-metrics.ts';
export type { MetricsOptions } from './create-metrics.ts';
export {
  fleetSettingsShape,
  hostOptionsOf,
  hostSettingsShape,
  instanceOf,
  instanceSettingsShape,
} from './host-settings.ts';
export type { HostSettings } from './host-settings.ts';
export { expressPath, sendAnswer } from './api-answers.ts';
export { describeApi } from './describe-api.ts';
export type { DescribedOperation } from './describe-api.ts';
export { jsonBody, readJson } from './json-body.ts';
export type { JsonBodyOptions } from './json-body.ts';
export type { LogFields, LogLevel, Logger } from './logger.ts';
export type {
  Counter,
  DeclaredMetric,
  Gauge,
  GaugeDefinition,
  Histogram,
  HistogramDefinition,
  LabelValues,
  MetricDefinition,
  Metrics,
} from './metrics.ts';
export { Rounds } from './rounds.ts';
export { redact } from './redact.ts';
export { readRequest } from './request-faults.ts';
export type { RequestContext } from './request-context.ts';
export { SETTINGS_EXIT_CODE, runProcess } from './run-process.ts';
export type { ComposedProcess, ProcessMessage, RunProcessOptions } from './run-process.ts';
export { PreparedProblem } from './prepared-problem.ts';
export { sendProblem } from './send-problem.ts';
export { startHost } from './start-host.ts';
export type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
export { writeSettingsShape } from './write-settings.ts';
export type { WriteSettings } from './write-settings.ts';
