import { startEventStoreDbServer, type EventStoreDbServer } from '@waymark/testing/eventstoredb-server';
import { publishedQuest, questDocument, TestCommandApp } from '../testing/command-process.ts';

/** A server whose own limits are below the port's: only what is too large for it is refused. */
let server: EventStoreDbServer;
let app: TestCommandApp;
beforeAll(async () => {
  server = await startEventStoreDbServer();
  const url = `esdb://127.0.0.1:${server.port}?tls=false`;
  app = await TestCommandApp.start({ WAYMARK_EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL: url });
});
afterAll(async () => {
  await app.stop();
  await server.stop();
});

it.each(['appendBytesMax', 'eventBytesMax'] as const)(
  'a quest over the limit of the server gets 503 with Retry-After, others are taken (%s)',
  async (limit) => {
    server.faults[limit] = 2_000;
    const refused = await app.post('/quests', questDocument(500));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(refused.body.type).toBe('/problems/store-unavailable');
    expect(refused.body.detail).toMatch(
      /^EventStoreDB takes no append of this size: Maximum Append .*2000 Exceeded\.$/,
    );
    expect(await publishedQuest(app)).toEqual(expect.any(String));
    expect((await app.ask('GET', '/health/ready')).status).toBe(200);
    server.faults[limit] = 1024 * 1024;
    expect((await app.post('/quests', questDocument(500))).status).toBe(201);
  },
);
