import type { RecordedEvent } from '@waymark/event-store';
import { gameRecords } from './game-records.ts';

const MADE = { gameId: 'g', questId: 'q', questVersion: 1, contentHash: 'h', durationSeconds: 60, maxPlayers: 8 };
const EPOCH = '1970-01-01T00:00:00.000Z';

const recorded = (revision: number, type: string, data: object): RecordedEvent => ({
  id: `id-${revision}`,
  type,
  data: JSON.stringify(data),
  metadata: { schemaVersion: 1, commandId: `key-${revision}` },
  stream: 'game-g',
  revision: BigInt(revision),
  position: BigInt(revision + 1),
  created: 0,
});
const LOG: readonly RecordedEvent[] = [
  recorded(0, 'GameCreated', { ...MADE, ownerId: 'o', joinCode: null, startsAt: null, at: 0 }),
  recorded(1, 'GameStarted', { at: 1_000, endsAt: 61_000 }),
  recorded(2, 'PlayerJoined', { playerId: 'p', name: 'P', row: 0, at: 1_000 }),
  recorded(3, 'PlayerLeft', { playerId: 'p', row: 0, at: 1_000 }),
  recorded(4, 'GamePaused', { at: 2_000 }),
];

describe('the record of a game', () => {
  it('is what the events say, without owner and join code', () => {
    expect(gameRecords(LOG)).toEqual([
      {
        ...MADE,
        open: true,
        status: 'paused',
        createdAt: EPOCH,
        startsAt: null,
        startedAt: '1970-01-01T00:00:01.000Z',
        endsAt: '1970-01-01T00:01:01.000Z',
        endedAt: null,
        endReason: null,
        winnerId: null,
        revision: 4,
        playerCount: 0,
      },
    ]);
  });

  it('has the end as the last resume and the end itself say', () => {
    const resumed = recorded(5, 'GameResumed', { at: 3_000, endsAt: 62_000 });
    const ended = recorded(6, 'GameEnded', { at: 62_000, reason: 'time', winnerId: 'p' });
    expect(gameRecords([...LOG, resumed, ended])[0]).toMatchObject({
      status: 'ended',
      endsAt: '1970-01-01T00:01:02.000Z',
      endedAt: '1970-01-01T00:01:02.000Z',
      endReason: 'time',
      winnerId: 'p',
      revision: 6,
    });
  });
});
