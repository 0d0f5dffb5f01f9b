import type { RecordedEvent } from '@waymark/event-store';
import { auditLog } from './audit-log.ts';
import { sequenceFaults } from './audit-system.ts';
import type { Entry } from './ledger.ts';

const GAME = 'game-g';
const QUEST = {
  gameId: 'g',
  questId: 'q',
  questVersion: 1,
  contentHash: 'h',
  ownerId: 'o',
  joinCode: null,
  startsAt: null,
};
const CREATED = { ...QUEST, durationSeconds: 60, maxPlayers: 8, at: 0 };
const REACHED = { playerId: 'p', row: 0, waypoint: 3, place: [0, 0, 0], points: 5, score: 5, treasure: false, at: 0 };

const recorded = (index: number, type: string, data: object, commandId = `key-${index}`): RecordedEvent => ({
  id: `id-${index}`,
  type,
  data: JSON.stringify(data),
  metadata: { schemaVersion: 1, commandId },
  stream: GAME,
  revision: BigInt(index),
  position: BigInt(index + 1),
  created: 0,
});
const LOG: readonly RecordedEvent[] = [
  recorded(0, 'GameCreated', CREATED),
  recorded(1, 'GameStarted', { at: 0, endsAt: 60_000 }),
  recorded(2, 'PlayerJoined', { playerId: 'p', name: 'P', row: 0, at: 0 }),
  recorded(3, 'WaypointReached', REACHED),
];
const entry = (index: number, status = 200, revision: unknown = index, attempts = 1): Entry => ({
  asked: { kind: 'asked', key: `key-${index}`, command: 'c', method: 'POST', path: '/', body: null, stream: GAME },
  answered: { kind: 'answered', key: `key-${index}`, status, body: { revision, position: index + 1 }, attempts },
});
const LEDGER: readonly Entry[] = [entry(0), entry(1), entry(2), entry(3)];
const rulesOf = (log: readonly RecordedEvent[], entries: readonly Entry[] = LEDGER): string[] =>
  auditLog(log, new Map(entries.map((one) => [one.asked.key, one])), true).findings.map(({ rule }) => rule);
const replaced = <T>(items: readonly T[], index: number, item: T): T[] => items.with(index, item);

describe('the audit of a log', () => {
  it('finds nothing where all is well', () => {
    expect(rulesOf(LOG)).toEqual([]);
  });

  it('finds what was acknowledged and is not there', () => {
    expect(rulesOf(LOG.slice(0, 3))).toEqual(['lost']);
  });

  it('finds what is there at another revision than was acknowledged', () => {
    expect(rulesOf(LOG, replaced(LEDGER, 3, entry(3, 200, 2)))).toEqual(['misplaced']);
  });

  it('finds what one key has done twice', () => {
    const again = recorded(4, 'WaypointReached', { ...REACHED, waypoint: 4, score: 10 }, 'key-3');
    expect(rulesOf([...LOG, again])).toEqual(['doubled']);
  });

  it('finds a place that a player has reached twice, and an id that is there twice', () => {
    const place = recorded(4, 'WaypointReached', { ...REACHED, score: 10 });
    expect(rulesOf([...LOG, place], [...LEDGER, entry(4)])).toEqual(['doubled']);
    const id = { ...recorded(4, 'WaypointReached', { ...REACHED, waypoint: 4, score: 10 }), id: 'id-3' };
    expect(rulesOf([...LOG, id], [...LEDGER, entry(4)])).toEqual(['doubled']);
  });

  it('finds what nobody asked for, but for those who walk', () => {
    expect(rulesOf(LOG, LEDGER.slice(0, 3))).toEqual(['stranger']);
    const joined = { playerId: 'walker-gateway-0', name: 'W', row: 1, at: 0 };
    expect(rulesOf([...LOG, recorded(4, 'PlayerJoined', joined)])).toEqual([]);
  });

  it('finds what was refused and is there all the same, unless an earlier sending may have done it', () => {
    expect(rulesOf(LOG, replaced(LEDGER, 3, entry(3, 409)))).toEqual(['refused-yet-there']);
    expect(rulesOf(LOG, replaced(LEDGER, 3, entry(3, 409, undefined, 2)))).toEqual([]);
  });

  it('finds what was never answered', () => {
    expect(rulesOf(LOG, replaced(LEDGER, 3, { ...entry(3), answered: null }))).toEqual(['unsettled']);
  });

  it('finds a hole in positions and in revisions', () => {
    expect(rulesOf(replaced(LOG, 3, { ...LOG[3]!, position: 9n }))).toEqual(['log-order', 'misplaced']);
    expect(rulesOf(replaced(LOG, 3, { ...LOG[3]!, revision: 9n }))).toEqual(['log-order', 'misplaced']);
  });

  it('finds a score that is not the sum of what the reaches gave', () => {
    expect(rulesOf(replaced(LOG, 3, recorded(3, 'WaypointReached', { ...REACHED, score: 6 })))).toEqual([
      'fold-differs',
    ]);
  });
});

describe('what a watcher was told', () => {
  it('is each revision once and in order, and jumps only where the server said so', () => {
    expect(sequenceFaults([null, 4, 5, 6, null, 9, 10])).toEqual([]);
    expect(sequenceFaults([4, 6])).toHaveLength(1);
    expect(sequenceFaults([4, 4])).toHaveLength(1);
    expect(sequenceFaults([4, 5, null, 5])).toHaveLength(1);
  });
});
