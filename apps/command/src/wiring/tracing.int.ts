import { FakeCollector } from '@waymark/testing';
import { questDocument, runningGame, TestCommandApp } from '../testing/command-process.ts';

/** Spans of the real command app, as a collector gets them; it hands over the last ones when it stops. */
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';
const REACH = 'POST /games/:gameId/players/:playerId/reach';

let collector: FakeCollector;
beforeEach(async () => void (collector = await FakeCollector.start()));
afterEach(() => collector.close());

async function reached(flags: string, settings: Record<string, string> = {}) {
  const app = await TestCommandApp.start({ WAYMARK_OTEL_TRACES_URL: collector.url, ...settings });
  const gameId = await runningGame(app, questDocument(3));
  const { status } = await app.ask('POST', `/games/${gameId}/players/pia/reach`, {
    body: { waypoint: 0, at: [0, 0, 0] },
    headers: { traceparent: `${PARENT}-${flags}` },
  });
  expect(status).toBe(200);
  const { store } = app.running;
  const [event] = await store.readAll({ after: (await store.lastPosition()) - 1n, maxCount: 1 });
  await app.stop();
  return event!;
}

it('a command is a span of its caller, its append a span of it, and the event names it', async () => {
  const event = await reached('01');
  const [command] = collector.named(REACH);
  expect(command).toMatchObject({
    service: 'waymark-command',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    parentSpanId: 'b7ad6b7169203331',
    attributes: { 'http.request.method': 'POST', 'http.response.status_code': 200 },
  });
  expect(event.metadata.traceparent).toBe(`00-${command!.traceId}-${command!.spanId}-01`);
  const append = collector.named('append').find(({ parentSpanId }) => parentSpanId === command!.spanId)!;
  expect(append.attributes).toMatchObject({ 'waymark.stream': event.stream, 'waymark.outcome': 'committed' });
  expect(append.durationMs).toBeLessThanOrEqual(command!.durationMs);
});

it('a command of a caller who records nothing is no span, and its event is of the same trace', async () => {
  const event = await reached('00');
  expect(collector.named(REACH)).toEqual([]);
  expect(event.metadata.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
  expect(collector.named('POST /games')).toHaveLength(1);
});

it('no trace begins here when none is to be recorded', async () => {
  await reached('00', { WAYMARK_OTEL_SAMPLE_PERCENT: '0' });
  expect(collector.spans).toEqual([]);
});
