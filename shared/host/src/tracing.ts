/**
 * Spans of the requests that a process answers, sent to a collector of OpenTelemetry. Loaded only where one is configured.
 *
 * A span is made when its request is over, out of what the host knows anyway: on the way of a request nothing is done for it but the
 * trace context, which is passed on with or without a collector.
 *
 * Source: OpenTelemetry, "Semantic conventions for HTTP spans"; W3C, "Trace Context", section 3.2.
 */
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Attributes, HrTime } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { redact } from './redact.ts';

export interface TracingOptions {
  /** Where spans are posted as OTLP: `http://127.0.0.1:4318/v1/traces`. */
  readonly endpoint: string;
  readonly service: string;
  readonly instance: string;
}

/** What is told of a request that is over. */
export interface TracedRequest {
  readonly traceparent: string;
  /** As it came; `undefined` where the trace begins here. */
  readonly parent: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly requestId: string;
  readonly brokenOff: boolean;
  readonly durationMs: number;
}

export interface Tracing {
  /** Takes those whose trace is sampled. */
  ended(request: TracedRequest): void;
  /** Sends what waits. Never rejects. */
  close(): Promise<void>;
}

const SENT_EVERY_MS = 2_000;
/** A collector that is away keeps a process from ending for this long. */
const EXPORT_TIMEOUT_MS = 1_000;
const scope = { name: 'feedfleet' };

export function openTracing({ endpoint, service, instance }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({ url: endpoint, timeoutMillis: EXPORT_TIMEOUT_MS });
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: SENT_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const resource = resourceFromAttributes({
    'service.namespace': 'feedfleet',
    'service.name': service,
    'service.instance.id': instance,
  });
  return {
    ended: (request) => {
      const flags = Number.parseInt(request.traceparent.slice(-2), 16);
      if ((flags & TraceFlags.SAMPLED) !== 0) processor.onEnd(spanOf(request, resource));
    },
    close: () => processor.shutdown().catch(() => undefined),
  };
}

function spanOf(request: TracedRequest, resource: ReadableSpan['resource']): ReadableSpan {
  const { traceparent, parent, method, status, durationMs } = request;
  const endMs = Date.now();
  const parentSpanContext = parent === undefined ? {} : { parentSpanContext: contextOf(parent) };
  return {
    name: method,
    kind: SpanKind.SERVER,
    spanContext: () => contextOf(traceparent),
    ...parentSpanContext,
    startTime: hrTime(endMs - durationMs),
    endTime: hrTime(endMs),
    duration: hrTime(durationMs),
    status: { code: status >= 500 || status === 0 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: attributesOf(request),
    ...{ links: [], events: [], ended: true, resource, instrumentationScope: scope },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

function attributesOf({ method, path, status, requestId, brokenOff }: TracedRequest): Attributes {
  return {
    'http.request.method': method,
    'url.path': redact(path),
    'http.response.status_code': status,
    'feedfleet.request.id': requestId,
    'feedfleet.broken_off': brokenOff,
  };
}

/** Of a valid `traceparent`. */
function contextOf(traceparent: string): ReturnType<ReadableSpan['spanContext']> {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

function hrTime(milliseconds: number): HrTime {
  const seconds = Math.trunc(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1e6)];
}
