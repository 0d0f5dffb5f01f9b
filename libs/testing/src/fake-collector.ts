import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A collector of OpenTelemetry traces for tests: takes OTLP over HTTP as JSON and keeps the spans. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly durationMs: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Empty unless the span says that it failed. */
  readonly fault: string;
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string | number; readonly doubleValue?: number };
}

interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: readonly OtlpAttribute[];
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code: number; readonly message?: string };
}

interface OtlpTraces {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** OTLP's code of a span that failed. */
const STATUS_ERROR = 2;

export class FakeCollector {
  readonly spans: CollectedSpan[] = [];
  /** What it answers: 503 for a collector that is in trouble. */
  status = 200;
  requestCount = 0;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.take(request, response));
  }

  static async start(): Promise<FakeCollector> {
    const collector = new FakeCollector();
    await new Promise<void>((resolve) => collector.server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/traces`;
  }

  named(name: string): CollectedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requestCount += 1;
    if (this.status === 200 && request.method === 'POST' && request.url === '/v1/traces') {
      this.keep(JSON.parse(Buffer.concat(chunks).toString()) as OtlpTraces);
    }
    response.writeHead(this.status, { 'content-type': 'application/json' }).end('{}');
  }

  private keep({ resourceSpans }: OtlpTraces): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(valuesOf(resource.attributes)['service.name']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) this.spans.push(collected(span, service));
    }
  }
}

function collected(span: OtlpSpan, service: string): CollectedSpan {
  const { attributes, kind, name, parentSpanId = '', spanId, status, traceId } = span;
  return {
    service,
    name,
    traceId,
    spanId,
    parentSpanId,
    kind,
    attributes: valuesOf(attributes),
    durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
    startedAt: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1e3,
    fault: status.code === STATUS_ERROR ? (status.message ?? 'no reason given') : '',
  };
}

function valuesOf(attributes: readonly OtlpAttribute[]): Record<string, string | number> {
  const entries = attributes.map(({ key, value }) => {
    const number = value.intValue ?? value.doubleValue;
    return [key, number === undefined ? (value.stringValue ?? '') : Number(number)] as const;
  });
  return Object.fromEntries(entries);
}
