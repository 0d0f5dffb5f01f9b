import type { Tracer, TracingOptions } from './tracer.ts';

/**
 * The tracer of a process, or null while WAYMARK_OTEL_TRACES_URL is not set: then none of OpenTelemetry's SDK is loaded, which costs 23 MB and
 * 0.1 s at start.
 */
export async function startTracing(options: TracingOptions): Promise<Tracer | null> {
  if (options.url === '') return null;
  const { createOtelTracer } = await import('./otel-tracer.ts');
  return createOtelTracer(options);
}
