import {
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind as OtelKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type DiagLogger,
  type HrTime,
  type Span as OtelSpan,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Log } from '../log.ts';
import { isSampled } from './traceparent.ts';
import type { Span, SpanKind, SpanStart, Tracer, TracingOptions } from './tracer.ts';

/**
 * Tracer over OpenTelemetry's SDK: spans wait in a bounded queue (2,048; what finds no room is dropped) and go out in batches as OTLP over
 * HTTP, JSON. Loaded by start-tracing.ts alone. No global is registered and nothing is patched: who wants a span makes one.
 */
const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  internal: OtelKind.INTERNAL,
  consumer: OtelKind.CONSUMER,
};
const BATCH_MS = 1_000;
const EXPORT_TIMEOUT_MS = 2_000;
const CLOSE_MS = 1_000;
/** A collector that is away is told of once in this time. */
const TELL_AGAIN_MS = 60_000;

export function createOtelTracer({ app, log, samplePercent, url, version }: TracingOptions): Tracer {
  diag.setLogger(faultLogger(log, url), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'waymark',
      'service.name': `waymark-${app}`,
      'service.version': version,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplePercent / 100) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: BATCH_MS })],
  });
  const tracer = provider.getTracer('waymark', version);
  return {
    start: ({ attributes, kind, name, parent, startedAt }: SpanStart): Span => {
      const options = { kind: KINDS[kind], startTime: hrTime(startedAt), attributes };
      return new StartedSpan(tracer.startSpan(name, options, contextOf(parent)));
    },
    close: () => Promise.race([provider.shutdown().catch(() => undefined), unrefSleep(CLOSE_MS)]),
  };
}

class StartedSpan implements Span {
  readonly traceparent: string;
  private readonly span: OtelSpan;

  constructor(span: OtelSpan) {
    const { spanId, traceFlags, traceId } = span.spanContext();
    this.span = span;
    this.traceparent = `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
  }

  end(endedAt: number, attributes?: SpanStart['attributes'], fault?: string): void {
    if (attributes !== undefined) this.span.setAttributes(attributes);
    if (fault !== undefined) this.span.setStatus({ code: SpanStatusCode.ERROR, message: fault });
    this.span.end(hrTime(endedAt));
  }
}

/** Seconds and nanoseconds: a Date would cut to whole milliseconds, and an append is shorter. */
function hrTime(atEpochMs: number): HrTime {
  const seconds = Math.floor(atEpochMs / 1_000);
  return [seconds, Math.round((atEpochMs - seconds * 1_000) * 1e6)];
}

function contextOf(parent: string | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const [, traceId, spanId] = parent.split('-');
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceId!,
    spanId: spanId!,
    traceFlags: isSampled(parent) ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
  });
}

/** What the SDK says of itself: that a collector does not answer, mostly. */
function faultLogger(log: Log, url: string): DiagLogger {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  const tell = (message: string): void => {
    const now = performance.now();
    if (now - toldAtMs < TELL_AGAIN_MS) return;
    toldAtMs = now;
    log.warn({ url, reason: String(message).slice(0, 300) }, 'traces cannot be handed over; they are dropped');
  };
  const silent = (): void => undefined;
  return { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
}

const unrefSleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
