import { AuthorClient } from '@waymark/client';
import { FakeCollector, type CollectedSpan } from '@waymark/testing';
import { Apps } from './apps.ts';
import { ask } from './http.ts';
import { Player } from './player.ts';

/** Traces through both built apps: what one step of a player sets off is one trace, from the gateway's question to its projection. */
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const DOCUMENT = { title: 'Two stones', waypoints: [[0, 0, 0], { at: [500, 0, 0], treasure: true }] };

let collector: FakeCollector;
afterEach(() => collector.close());

interface Played {
  readonly gameId: string;
  readonly spans: readonly CollectedSpan[];
}

/** A game in which a player reaches the first waypoint, and which its author pauses; both apps have stopped, and so handed over all spans. */
async function play(settings: (collector: FakeCollector) => NodeJS.ProcessEnv): Promise<Played> {
  collector = await FakeCollector.start();
  const apps = await Apps.start(settings(collector));
  try {
    const author = new AuthorClient({ commandUrl: apps.commandUrl, token: apps.token });
    const { questId } = await author.draft(DOCUMENT);
    await author.publish(questId);
    const { gameId } = await author.createGame({ questId, open: true });
    await author.start(gameId);
    const player = await Player.join(apps, { gameId, name: 'Ada', playerId: 'ada' });
    await player.walkTo([0, 0, 0]);
    await player.told(({ type }) => type === 'WaypointReached', 'the first waypoint');
    const headers = { traceparent: TRACEPARENT };
    const paused = await ask(`${apps.commandUrl}/games/${gameId}/pause`, {
      method: 'POST',
      token: apps.token,
      headers,
    });
    expect(paused.status).toBe(200);
    await player.told(({ type }) => type === 'GamePaused', 'the pause');
    player.client.close();
    await Promise.all([apps.gateway.stop(), apps.command.stop()]);
    expect(apps.errors()).toEqual([]);
    return { gameId, spans: [...collector.spans] };
  } finally {
    await apps.dispose();
  }
}

/** Names of a span's ancestors and its own, the first one first. */
function line(span: CollectedSpan, spans: readonly CollectedSpan[]): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent === undefined ? [] : line(parent, spans)), `${span.service} ${span.name}`];
}

it('a reach is one trace through both apps, and a command with a traceparent is part of its caller’s', async () => {
  const { gameId, spans } = await play(({ url }) => ({ WAYMARK_OTEL_TRACES_URL: url }));
  const REACH = 'waymark-command POST /games/:gameId/players/:playerId/reach';
  const reach = spans.find(({ name }) => name === 'reach')!;
  const ofReach = spans.filter(({ traceId }) => traceId === reach.traceId);
  expect(ofReach.map((span) => line(span, spans)).toSorted((a, b) => a.join().localeCompare(b.join()))).toEqual([
    ['waymark-gateway reach'],
    ['waymark-gateway reach', REACH],
    ['waymark-gateway reach', REACH, 'waymark-command append'],
    ['waymark-gateway reach', REACH, 'waymark-gateway project'],
  ]);
  const [, traceId, parentId] = TRACEPARENT.split('-');
  const ofCaller = spans.filter((span) => span.traceId === traceId);
  expect(ofCaller.map(({ name }) => name).sort()).toEqual(['POST /games/:gameId/pause', 'append', 'project']);
  expect(ofCaller.find(({ name }) => name.startsWith('POST'))!.parentSpanId).toBe(parentId);
  expect(ofCaller.find(({ name }) => name === 'append')!.attributes['waymark.stream']).toBe(`game-${gameId}`);
}, 90_000);
