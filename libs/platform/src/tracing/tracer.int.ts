import { spawnSync } from 'node:child_process';
import { FakeCollector, until } from '@waymark/testing';
import { pino } from 'pino';
import { startTracing } from './start-tracing.ts';
import { readTraceparent, traceIdOf } from './traceparent.ts';
import type { SpanStart, Tracer } from './tracer.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const START: SpanStart = {
  name: 'reach',
  kind: 'client',
  parent: undefined,
  startedAt: 1_795_435_200_000.25,
  attributes: { 'waymark.waypoint': 3 },
};

let collector: FakeCollector;
const lines: string[] = [];
const tracers: Tracer[] = [];

beforeEach(async () => {
  lines.length = 0;
  collector = await FakeCollector.start();
});
afterEach(async () => {
  for (const tracer of tracers.splice(0)) await tracer.close();
  await collector.close();
});

async function tracing(url = collector.url, samplePercent = 100): Promise<Tracer> {
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const tracer = (await startTracing({ app: 'command', version: '1.2.3', url, samplePercent, log }))!;
  tracers.push(tracer);
  return tracer;
}

it('is off without an address', async () => {
  const log = pino({}, { write: () => undefined });
  expect(await startTracing({ app: 'command', version: '1', url: '', samplePercent: 100, log })).toBeNull();
});

it.each([
  ['', 0],
  ['http://127.0.0.1:9/v1/traces', 1],
])('loads the SDK of OpenTelemetry with an address only: "%s"', (url, least) => {
  const script = `
    import { registerHooks } from 'node:module';
    let count = 0;
    registerHooks({
      resolve(specifier, context, next) {
        // The API alone comes with prom-client, which knows exemplars.
        if (/^@opentelemetry\\/(?!api$)/.test(specifier)) count += 1;
        return next(specifier, context);
      },
    });
    const { startTracing } = await import('@waymark/platform');
    const log = { warn() {} };
    await startTracing({ app: 'command', version: '1', url: ${JSON.stringify(url)}, samplePercent: 100, log });
    process.stdout.write(String(count));
    process.exit(0);`;
  const args = ['--conditions=waymark-source', '--input-type=module', '--eval', script];
  const { stderr, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  if (least === 0) expect(stdout).toBe('0');
  else expect(Number(stdout)).toBeGreaterThanOrEqual(least);
});

it('sends spans with their times, attributes and faults, as OTLP over HTTP', async () => {
  const tracer = await tracing();
  const span = tracer.start(START);
  expect(readTraceparent(span.traceparent)).toBe(span.traceparent);
  span.end(START.startedAt + 2.5, { 'waymark.outcome': 'failed' }, 'no answer');
  await until('the span', () => collector.spans.length > 0);
  expect(collector.spans).toEqual([
    {
      service: 'waymark-command',
      name: 'reach',
      traceId: traceIdOf(span.traceparent),
      spanId: span.traceparent.split('-')[2],
      parentSpanId: '',
      kind: 3,
      attributes: { 'waymark.waypoint': 3, 'waymark.outcome': 'failed' },
      durationMs: 2.5,
      startedAt: START.startedAt,
      fault: 'no answer',
    },
  ]);
});

it('goes on with the trace of a caller, and records what the caller records', async () => {
  const tracer = await tracing(collector.url, 0);
  tracer.start({ ...START, parent: PARENT }).end(START.startedAt + 1);
  const unrecorded = tracer.start({ ...START, parent: PARENT.replace(/01$/, '00') });
  unrecorded.end(START.startedAt + 1);
  tracer.start(START).end(START.startedAt + 1);
  await tracer.close();
  expect(collector.spans).toMatchObject([{ traceId: traceIdOf(PARENT), parentSpanId: 'b7ad6b7169203331' }]);
  expect(traceIdOf(unrecorded.traceparent)).toBe(traceIdOf(PARENT));
  expect(unrecorded.traceparent.endsWith('-00')).toBe(true);
});

it('hands over what waits when it closes', async () => {
  const tracer = await tracing();
  tracer.start(START).end(START.startedAt + 1);
  await tracer.close();
  expect(collector.spans).toHaveLength(1);
});

it('says once that the collector refuses, and drops', async () => {
  collector.status = 400;
  const tracer = await tracing();
  for (let batch = 1; batch <= 2; batch++) {
    tracer.start(START).end(START.startedAt + 1);
    await until('an attempt', () => collector.requestCount >= batch);
  }
  await until('the line', () => lines.length > 0);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('traces cannot be handed over');
});

it('does not hold up a process that ends while the collector is away', async () => {
  const url = collector.url;
  await collector.close();
  const tracer = await tracing(url);
  tracer.start(START).end(START.startedAt + 1);
  const closed = tracer.close().then(() => 'closed');
  let late: NodeJS.Timeout;
  const deadline = new Promise((resolve) => (late = setTimeout(resolve, 2_500, 'late')));
  expect(await Promise.race([closed, deadline])).toBe('closed');
  clearTimeout(late!);
});
