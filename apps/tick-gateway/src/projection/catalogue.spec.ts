import { ENDED_GAMES_LISTED_MAX } from '@waymark/base';
import type { GameEvent, QuestEvent } from '@waymark/domain';
import { testContent } from '../testing/test-log.ts';
import { Catalogue } from './catalogue.ts';

const content = testContent({ waypointCount: 4, clues: new Map([[1, 'up']]) });

function questEvents(questId: string): QuestEvent[] {
  const facts = { questId, authorId: 'mara', content, contentHash: 'sha256-1', at: 1_000 };
  return [
    { type: 'QuestDrafted', data: facts },
    { type: 'QuestPublished', data: { ...facts, version: 1 } },
    { type: 'QuestRevised', data: { content, contentHash: 'sha256-2', at: 2_000 } },
    { type: 'QuestPublished', data: { ...facts, version: 2, contentHash: 'sha256-2', at: 3_000 } },
  ];
}

function created(gameId: string, joinCode: string | null = null): GameEvent {
  const facts = { gameId, questId: 'q', questVersion: 1, contentHash: 'sha256-1', ownerId: 'mara', joinCode };
  return { type: 'GameCreated', data: { ...facts, startsAt: null, durationSeconds: 60, maxPlayers: 8, at: 1_000 } };
}

const ended: GameEvent = { type: 'GameEnded', data: { at: 9_000, reason: 'treasure', winnerId: 'ada' } };

it('a quest lists its versions, each with the revision of the event that holds it', () => {
  const catalogue = new Catalogue();
  for (const [revision, event] of questEvents('q').entries()) catalogue.applyQuest('q', revision, event);
  const quest = catalogue.quests.get('q')!;
  expect(quest.versions.map(({ version, revision }) => [version, revision])).toEqual([
    [1, 1],
    [2, 3],
  ]);
  expect(quest.versions[0]).toMatchObject({ waypointCount: 4, clueCount: 1, treasureCount: 0, publishedAt: 1_000 });
  catalogue.applyQuest('q', 4, { type: 'QuestRetired', data: { at: 4_000 } });
  expect(quest.retired).toBe(true);
});

it('a draft has no versions', () => {
  const catalogue = new Catalogue();
  catalogue.applyQuest('q', 0, questEvents('q')[0]!);
  expect(catalogue.quests.get('q')).toMatchObject({ versions: [], retired: false });
});

it('a game follows its events from creation to end', () => {
  const catalogue = new Catalogue();
  const events: GameEvent[] = [
    created('g', 'SECRET'),
    { type: 'PlayerJoined', data: { playerId: 'ada', name: 'Ada', row: 0, at: 2_000 } },
    { type: 'PlayerJoined', data: { playerId: 'bob', name: 'Bob', row: 1, at: 2_000 } },
    { type: 'GameStarted', data: { at: 3_000, endsAt: 63_000 } },
    { type: 'GamePaused', data: { at: 4_000 } },
    { type: 'GameResumed', data: { at: 5_000, endsAt: 64_000 } },
    { type: 'PlayerLeft', data: { playerId: 'bob', row: 1, at: 6_000 } },
    ended,
  ];
  const statuses = events.map((event, revision) => {
    catalogue.applyGame('g', revision, event);
    return catalogue.games.get('g')!.status;
  });
  expect(statuses).toEqual(['scheduled', 'scheduled', 'scheduled', 'running', 'paused', 'running', 'running', 'ended']);
  expect(catalogue.games.get('g')).toMatchObject({
    open: false,
    startedAt: 3_000,
    endsAt: 64_000,
    endedAt: 9_000,
    endReason: 'treasure',
    winnerId: 'ada',
    revision: 7,
    playerCount: 1,
  });
  expect(JSON.stringify([...catalogue.games.values()])).not.toContain('SECRET');
});

it('events of a game that it has forgotten change nothing', () => {
  const catalogue = new Catalogue();
  catalogue.applyGame('g', 5, ended);
  expect(catalogue.games.size).toBe(0);
});

it(`of the ended games the last ${ENDED_GAMES_LISTED_MAX} are kept, and live ones always`, () => {
  const catalogue = new Catalogue();
  catalogue.applyGame('live', 0, created('live'));
  for (let i = 0; i < ENDED_GAMES_LISTED_MAX + 3; i++) {
    catalogue.applyGame(`g${i}`, 0, created(`g${i}`));
    catalogue.applyGame(`g${i}`, 1, ended);
  }
  expect(catalogue.games.size).toBe(ENDED_GAMES_LISTED_MAX + 1);
  expect([...catalogue.games.keys()].slice(0, 2)).toEqual(['live', 'g3']);
});
