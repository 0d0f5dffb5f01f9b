import type { Log } from '../log.ts';

/**
 * Spans of what the apps do, for whoever collects OpenTelemetry traces: commands, appends, reaches and projected events, never ticks. Where
 * nobody collects there is no tracer at all (null, see start-tracing.ts).
 */
export type SpanKind = 'server' | 'client' | 'internal' | 'consumer';
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  /** A traceparent that holds; without one the span begins a trace. */
  readonly parent: string | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly attributes: SpanAttributes;
}

export interface Span {
  /** What to hand on, so that what follows becomes a child of this. */
  readonly traceparent: string;
  /** `fault`: why it is a failure; of those that are the server's. */
  end(endedAt: number, attributes?: SpanAttributes, fault?: string): void;
}

export interface Tracer {
  start(span: SpanStart): Span;
  /** Hands over what waits. Gives up after a second: a collector that is away holds no process up. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** 'command' or 'gateway'. */
  readonly app: string;
  readonly version: string;
  /** OTLP over HTTP; empty: off. */
  readonly url: string;
  /** Of the traces that begin here; one that came from outside is recorded when its caller records it. */
  readonly samplePercent: number;
  readonly log: Log;
}
