import { FakeCollector, until } from '@waymark/testing';
import { TestGateway } from '../testing/test-gateway.ts';
import { SPACING_M } from '../testing/test-log.ts';

/** Spans of the real gateway: the reach that it asks for, and the event that comes of it. */
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

let collector: FakeCollector;
let gateway: TestGateway;
beforeAll(async () => {
  collector = await FakeCollector.start();
  gateway = await TestGateway.start({ otelTracesUrl: collector.url });
});
afterAll(async () => {
  await gateway.stop();
  await collector.close();
});

it('a reach is the first span of its trace, and the command app is told of it', async () => {
  const gameId = await gateway.gameWith('ada');
  const client = await gateway.play(gameId, 'ada');
  client.move(SPACING_M, 0, 0);
  await until('the reach', () => gateway.command.asked.length > 0);
  await until('its span', () => collector.named('reach').length > 0);
  const [span] = collector.named('reach');
  expect(gateway.command.asked[0]!.traceparent).toBe(`00-${span!.traceId}-${span!.spanId}-01`);
  expect(span).toMatchObject({
    service: 'waymark-gateway',
    parentSpanId: '',
    attributes: { 'waymark.waypoint': 0, 'waymark.outcome': 'reached' },
  });
});

it('an event of a trace is projected as a span of it, when it is recorded', async () => {
  const gameId = await gateway.gameWith('bob');
  const paused = { type: 'GamePaused', data: { at: Date.now() } } as const;
  await gateway.log.appendTraced(gameId, `${PARENT}-00`, paused);
  await gateway.log.appendTraced(gameId, `${PARENT}-01`, {
    type: 'GameResumed',
    data: { at: Date.now(), endsAt: Date.now() + 60_000 },
  });
  await until('its span', () => collector.named('project').length > 0);
  expect(collector.named('project')).toMatchObject([
    {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      attributes: { 'waymark.event': 'GameResumed' },
    },
  ]);
});
