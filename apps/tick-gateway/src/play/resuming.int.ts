import { RESUME_EVENTS_MAX } from '@waymark/base';
import { until } from '@waymark/testing';
import { TestClient } from '../testing/test-client.ts';
import { TestGateway } from '../testing/test-gateway.ts';
import { POINTS } from '../testing/test-log.ts';

/** Rules RS of docs/protocol.md, and CL3: a lost connection leaves no hole, also over a restart of the gateway. */
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => expect(gateway.takeFaults()).toEqual([]));
afterAll(() => gateway.stop());

/** A client whose network is gone: what it held stays, nothing more comes. */
async function lost(client: TestClient): Promise<TestClient> {
  client.socket.terminate();
  await client.closing();
  return client;
}

const pause = { type: 'GamePaused', data: { at: 1 } } as const;
const resume = { type: 'GameResumed', data: { at: 2, endsAt: 3 } } as const;

describe('RS3, a resume that recovers', () => {
  it('replays what was missed, in order, then a keyframe and reveals, then play goes on', async () => {
    const gameId = await gateway.gameWith('ada');
    const before = await lost(await gateway.play(gameId, 'ada'));
    await gateway.log.append(gameId, pause, resume);
    await gateway.log.reach(gameId, { playerId: 'ada', row: 0, score: POINTS }, 0);
    const after = await gateway.resume(before).welcomed();
    await after.more(2);
    expect(after.welcome).toMatchObject({
      session: before.welcome.session,
      resumed: { recovered: true, fromRevision: 2, events: 3 },
    });
    expect(after.frames.slice(0, 6).map(({ kind, header }) => `${kind} ${header.revision}`)).toEqual([
      'event 3',
      'event 4',
      'event 5',
      'keyframe 5',
      'reveal 5',
      'delta 5',
    ]);
    expect(after.state.players[0]).toMatchObject({ score: POINTS, reachedCount: 1 });
    expect([...after.state.window.keys()]).toEqual([1, 2]);
  });

  it('that missed nothing gets a keyframe', async () => {
    const gameId = await gateway.gameWith('ada');
    const after = await gateway.resume(await lost(await gateway.play(gameId, 'ada'))).welcomed();
    expect(after.welcome.resumed).toEqual({ recovered: true, fromRevision: 2, events: 0 });
    expect(after.frames[0]).toMatchObject({ kind: 'keyframe', notRecovered: false });
  });

  it(`of ${RESUME_EVENTS_MAX} events, far more than the queue of a socket holds`, async () => {
    const gameId = await gateway.gameWith('ada');
    const before = await lost(await gateway.play(gameId, 'ada'));
    await gateway.log.pauses(gameId, RESUME_EVENTS_MAX / 2);
    const after = await gateway.resume(before).welcomed();
    expect(after.welcome.resumed).toMatchObject({ recovered: true, events: RESUME_EVENTS_MAX });
    expect(after.events).toHaveLength(RESUME_EVENTS_MAX);
    await after.more(2);
  });

  it('while events go on: none is missed and none comes twice', async () => {
    const gameId = await gateway.gameWith('ada');
    let client = await gateway.play(gameId, 'ada');
    // Fewer than a resume replays at most: on a busy machine all of them may come between two connections.
    const events = RESUME_EVENTS_MAX - 100;
    const writing = gateway.log.pauses(gameId, events / 2);
    const revisions: number[] = [];
    for (let i = 0; i < 8; i++) {
      const seen = client.state.revision;
      await until('something new', () => client.state.revision > seen || client.state.revision === events + 2);
      await lost(client);
      revisions.push(...client.events.map(({ header }) => header.revision));
      expect(client.faults).toEqual([]);
      client = await gateway.resume(client).welcomed();
      if (client.welcome.resumed?.recovered !== true) throw new Error('it had not missed that much');
    }
    await writing;
    await until('the last event', () => client.state.revision === events + 2);
    revisions.push(...client.events.map(({ header }) => header.revision));
    expect(revisions).toEqual(Array.from({ length: events }, (_, i) => i + 3));
  });
});

describe('RS4, a resume that cannot', () => {
  it('for another log gets a keyframe that says so', async () => {
    const gameId = await gateway.gameWith('ada');
    const before = await lost(await gateway.play(gameId, 'ada'));
    const client = gateway.connect('/play?epoch=another&revision=2&sequence=5', {
      protocols: ['waymark.v1', `session.${before.welcome.sessionToken}`],
    });
    await client.welcomed();
    expect(client.welcome.resumed).toEqual({ recovered: false, fromRevision: 2, events: 0 });
    expect(client.frames[0]).toMatchObject({ kind: 'keyframe', notRecovered: true });
    await until('the window', () => client.state.window.size === 3);
  });

  it(`past ${RESUME_EVENTS_MAX} missed events gets none of them`, async () => {
    const gameId = await gateway.gameWith('ada');
    const before = await lost(await gateway.play(gameId, 'ada'));
    await gateway.log.pauses(gameId, RESUME_EVENTS_MAX / 2);
    await gateway.log.append(gameId, pause);
    const after = await gateway.resume(before).welcomed();
    expect(after.welcome.resumed).toEqual({ recovered: false, fromRevision: 2, events: 0 });
    expect(after.events).toEqual([]);
    expect(after.state.revision).toBe(2 + RESUME_EVENTS_MAX + 1);
  });

  it('of a revision that the log never had is void, at once', async () => {
    const gameId = await gateway.gameWith('ada');
    const before = await lost(await gateway.play(gameId, 'ada'));
    before.state.revision = 9_999;
    const after = await gateway.resume(before).welcomed();
    expect(after.welcome.resumed).toEqual({ recovered: false, fromRevision: 9_999, events: 0 });
  });

  it('of a session that has run out is refused with 4002, of a forged one with 4501', async () => {
    const { Sessions } = await import('@waymark/platform');
    const gameId = await gateway.gameWith('ada');
    const longAgo = { now: () => (Date.now() - 9 * 24 * 3_600_000) as never };
    const old = await new Sessions(gateway.keyring, longAgo).issue({ gameId, playerId: 'ada', row: 0, sessionId: 's' });
    const refused = gateway.connect('/play', { protocols: ['waymark.v1', `session.${old}`] });
    expect((await refused.closing()).code).toBe(4002);
    const forged = gateway.connect('/play', { protocols: ['waymark.v1', `session.${old.slice(0, -6)}AAAAAA`] });
    expect((await forged.closing()).code).toBe(4501);
  });
});

it('RS1: a client that holds no frame yet leaves the three out and begins anew', async () => {
  const gameId = await gateway.gameWith('ada');
  const before = await lost(await gateway.play(gameId, 'ada'));
  const client = gateway.connect('/play', { protocols: ['waymark.v1', `session.${before.welcome.sessionToken}`] });
  await client.welcomed();
  expect(client.welcome).toMatchObject({ session: before.welcome.session, resumed: null });
});

describe('CL3, a gateway that stops', () => {
  it('hands everybody over with 4001 at times of their own, and who resumes at the next one sees no gap', async () => {
    const own = await TestGateway.start({ drainMs: 200 });
    try {
      const gameId = await own.gameWith('ada', 'bob');
      const quiet = await own.gameWith('cleo');
      const players = [await own.play(gameId, 'ada'), await own.play(gameId, 'bob'), await own.play(quiet, 'cleo')];
      const watcher = await own.watch(gameId);
      await players[0]!.moved(5);
      const halted = own.halt();
      for (const client of [...players, watcher]) {
        expect((await client.closing()).code).toBe(4001);
        expect(client.text('bye')!.retryAfterMs).toBeGreaterThanOrEqual(0);
        expect(client.text('bye')!.retryAfterMs).toBeLessThanOrEqual(200);
      }
      await halted;
      expect(new Set([...players, watcher].map((client) => client.text('bye')!.retryAfterMs)).size).toBeGreaterThan(1);
      await own.log.append(gameId, pause, resume);
      await own.start();
      const resumed = await Promise.all(players.map((client) => own.resume(client).welcomed()));
      expect(resumed.map(({ welcome }) => welcome.resumed)).toEqual([
        { recovered: true, fromRevision: 3, events: 2 },
        { recovered: true, fromRevision: 3, events: 2 },
        { recovered: true, fromRevision: 2, events: 0 },
      ]);
      for (const client of resumed) await client.more(1);
      // MV2: places are not stored.
      expect(resumed[0]!.self).toMatchObject({ placed: false, connected: true });
      expect(own.takeFaults()).toEqual([]);
    } finally {
      await own.stop();
    }
  });

  it('stops at once when nobody is connected, whatever the time to drain', async () => {
    const own = await TestGateway.start({ drainMs: 60_000 });
    const startedAt = performance.now();
    await own.stop();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
