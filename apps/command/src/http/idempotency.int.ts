import {
  publishedQuest,
  questDocument,
  runningGame,
  TestCommandApp,
  type Answered,
} from '../testing/command-process.ts';

/** A retried command gets its first outcome, before and after a restart; a key is good for one command. */
describe('an Idempotency-Key', () => {
  let app: TestCommandApp;
  beforeAll(async () => {
    app = await TestCommandApp.start();
  });
  afterAll(() => app.stop());

  const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });

  /** The command, its retry at once, and its retry after `inBetween` and a restart: one outcome, stored once. */
  async function onceInEffect(command: () => Promise<Answered>, inBetween: () => Promise<unknown> = async () => {}) {
    const first = await command();
    expect(first.status).toBeLessThan(300);
    const position = await app.position();
    expect(await outcomeOf(command)).toEqual(outcome(first));
    expect(await app.position()).toBe(position);
    await inBetween();
    await app.restart();
    const after = await app.position();
    expect(await outcomeOf(command)).toEqual(outcome(first));
    expect(await app.position()).toBe(after);
    return first;
  }

  const outcomeOf = async (command: () => Promise<Answered>) => outcome(await command());
  /** Tickets are used once, so a retry gets a fresh one; all else must be the same. */
  const outcome = ({ body, status }: Answered) => ({ status, body: { ...body, ticket: typeof body.ticket } });

  it('makes one quest, one version, one revision', async () => {
    const drafted = await onceInEffect(() => app.post('/quests', questDocument(), withKey('draft-1')));
    const { questId } = drafted.body;
    await onceInEffect(() =>
      app.ask('PUT', `/quests/${questId}`, {
        body: questDocument(4),
        headers: { 'if-match': '"0"', 'idempotency-key': 'revise-1' },
      }),
    );
    const published = await onceInEffect(
      () => app.post(`/quests/${questId}/publish`, undefined, withKey('publish-1')),
      async () => {
        await app.ask('PUT', `/quests/${questId}`, { body: questDocument(5), headers: { 'if-match': '"2"' } });
        await app.post(`/quests/${questId}/publish`);
      },
    );
    expect(published.body.version).toBe(1);
    await onceInEffect(() => app.post(`/quests/${questId}/retire`, undefined, withKey('retire-1')));
  });

  it('makes one game with one join code, also when its quest is retired meanwhile', async () => {
    const questId = await publishedQuest(app);
    const made = await onceInEffect(
      () => app.post('/games', { questId }, withKey('game-1')),
      () => app.post(`/quests/${questId}/retire`),
    );
    expect(made.body.joinCode).toHaveLength(8);
  });

  it('makes one player, whose retries come after the game has ended', async () => {
    const gameId = await runningGame(app);
    const joined = await onceInEffect(
      () => app.post(`/games/${gameId}/players`, { name: 'Zoe' }, withKey('join-1')),
      () => app.post(`/games/${gameId}/end`),
    );
    expect(joined.body).toMatchObject({ playerId: expect.any(String), revision: 3 });
  });

  it('steers once: a pause that was resumed meanwhile does not pause again', async () => {
    const gameId = await runningGame(app);
    await onceInEffect(
      () => app.post(`/games/${gameId}/pause`, undefined, withKey('pause-1')),
      () => app.post(`/games/${gameId}/resume`),
    );
  });

  it('scores once, also for a treasure, whose reach is two events', async () => {
    const gameId = await runningGame(app);
    const reach = (waypoint: number) =>
      app.post(
        `/games/${gameId}/players/pia/reach`,
        { waypoint, at: [100 * waypoint, 0, 0] },
        withKey(`reach:pia:${waypoint}`),
      );
    await onceInEffect(
      () => reach(0),
      () => reach(1),
    );
    const treasure = await onceInEffect(() => reach(2));
    expect(treasure.body).toMatchObject({ revision: 6, points: 50, score: 70 });
  });

  it('is refused for another body or another command', async () => {
    const gameId = await runningGame(app);
    const questId = await publishedQuest(app);
    const reach = (body: object) => app.post(`/games/${gameId}/players/pia/reach`, body, withKey('k'));
    expect((await reach({ waypoint: 0, at: [0, 0, 0] })).status).toBe(200);
    const before = await app.position();
    const reused = { status: 422, body: { type: '/problems/idempotency-key-reused' } };
    expect(await reach({ waypoint: 1, at: [100, 0, 0] })).toMatchObject(reused);
    expect(await reach({ waypoint: 0, at: [0, 0, 1] })).toMatchObject(reused);
    expect(await app.post(`/games/${gameId}/pause`, undefined, withKey('k'))).toMatchObject(reused);
    expect(await app.position()).toBe(before);

    await app.post('/games', { questId }, withKey('g'));
    expect(await app.post('/games', { questId, maxPlayers: 3 }, withKey('g'))).toMatchObject(reused);
    await app.post('/quests', questDocument(), withKey('q'));
    expect(await app.post('/quests', questDocument(9), withKey('q'))).toMatchObject(reused);
  });

  describe('is good for one command: each of its arguments counts', () => {
    const reused = { status: 422, body: { type: '/problems/idempotency-key-reused' } };
    let questId: string;
    let otherQuestId: string;
    let gameId: string;
    beforeAll(async () => {
      [questId, otherQuestId] = [await publishedQuest(app), await publishedQuest(app)];
      ({ gameId } = (await app.post('/games', { questId, open: true, maxPlayers: 8 })).body);
      for (const playerId of ['pia', 'zoe', 'max']) await app.post(`/games/${gameId}/players`, { playerId, name: 'N' });
      await app.post(`/games/${gameId}/start`);
    });

    const game = (changes: object) => () => app.post('/games', { questId, ...changes }, withKey('args-game'));
    const revision = (waypoints: number) => () =>
      app.ask('PUT', `/quests/${questId}`, {
        body: questDocument(waypoints),
        headers: { 'if-match': '"1"', 'idempotency-key': 'args-revise' },
      });
    const join = (changes: object) => () =>
      app.post(`/games/${gameId}/players`, { playerId: 'new', name: 'New', ...changes }, withKey('args-join'));
    const leave = (playerId: string) => () =>
      app.ask('DELETE', `/games/${gameId}/players/${playerId}`, withKey('args-leave'));
    const steer = (verb: string) => () => app.post(`/games/${gameId}/${verb}`, undefined, withKey('args-steer'));
    const reach = (playerId: string, waypoint: number, at: readonly number[]) => () =>
      app.post(`/games/${gameId}/players/${playerId}/reach`, { waypoint, at }, withKey('args-reach'));

    it.each<[string, () => () => Promise<Answered>, () => readonly (() => Promise<Answered>)[]]>([
      [
        'a game',
        () => game({}),
        () =>
          [
            { questId: otherQuestId },
            { version: 1 },
            { startsAt: '2099-01-01T00:00:00Z' },
            { durationSeconds: 60 },
            { maxPlayers: 3 },
            { open: true },
          ].map(game),
      ],
      ['a revision', () => revision(4), () => [revision(5)]],
      ['a join', () => join({}), () => [{ playerId: 'other' }, { name: 'Newer' }, { joinCode: 'ABCDEFGH' }].map(join)],
      [
        'a reach',
        () => reach('pia', 0, [0, 0, 0]),
        () => [reach('zoe', 0, [0, 0, 0]), reach('pia', 1, [0, 0, 0]), reach('pia', 0, [0, 0, 0.5])],
      ],
      ['a leave', () => leave('max'), () => [leave('zoe')]],
      ['a pause', () => steer('pause'), () => [steer('resume'), steer('end')]],
    ])('%s', async (_what, command, others) => {
      const first = await command()();
      expect(first.status).toBeLessThan(300);
      const before = await app.position();
      for (const other of others()) expect(await other()).toMatchObject(reused);
      expect(await outcomeOf(command())).toEqual(outcome(first));
      expect(await app.position()).toBe(before);
    });
  });

  it('is compared within one quest or game, and of what makes one within its address', async () => {
    const [one, other] = [await runningGame(app), await runningGame(app)];
    const questId = await publishedQuest(app);
    const made = [
      await app.post(`/games/${one}/pause`, undefined, withKey('s')),
      await app.post(`/games/${other}/pause`, undefined, withKey('s')),
      await app.post('/quests', questDocument(), withKey('s')),
      await app.post('/games', { questId }, withKey('s')),
      await app.post(`/quests/${questId}/retire`, undefined, withKey('s')),
    ];
    expect(made.map(({ status }) => status)).toEqual([200, 200, 201, 201, 200]);
    const reused = { status: 422, body: { type: '/problems/idempotency-key-reused' } };
    expect(await app.post(`/games/${made[3]!.body.gameId}/start`, undefined, withKey('s'))).toMatchObject(reused);
  });

  it('is free again after a command that was refused', async () => {
    const gameId = await runningGame(app);
    const reach = (at: number[]) => app.post(`/games/${gameId}/players/pia/reach`, { waypoint: 0, at }, withKey('try'));
    expect((await reach([50, 0, 0])).status).toBe(409);
    expect((await reach([1, 0, 0])).status).toBe(200);
  });

  it('lets one of many at once have its effect, and tells all of them the same', async () => {
    const gameId = await runningGame(app);
    const before = await app.position();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        app.post(`/games/${gameId}/players/pia/reach`, { waypoint: 0, at: [0, 0, 0] }, withKey('many')),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(outcome(answer)))).size).toBe(1);
    expect(answers[0]!.status).toBe(200);
    expect(await app.position()).toBe(before + 1n);
  });
});
