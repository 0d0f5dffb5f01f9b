import { callerOf, commandHashOf, eventIdOf, idMadeBy } from './command-ids.ts';

describe('ids of commands', () => {
  const command = { caller: 'author:ada', key: 'k' };

  it('are the same for the same command, and UUIDs of version 8', () => {
    const id = eventIdOf(command, 'game-1', 0);
    expect(eventIdOf(command, 'game-1', 0)).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
  it('differ by caller, key, stream, index and kind', () => {
    const ids = [
      eventIdOf(command, 'game-1', 0),
      eventIdOf(command, 'game-1', 1),
      eventIdOf(command, 'game-2', 0),
      eventIdOf({ ...command, key: 'l' }, 'game-1', 0),
      eventIdOf({ ...command, caller: 'author:eve' }, 'game-1', 0),
      idMadeBy(command, 'game'),
      idMadeBy(command, 'quest'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
  it('do not change from version to version: retries must find what older versions wrote', () => {
    expect(eventIdOf(command, 'game-1', 0)).toBe('2d532835-6260-849c-b0d0-9e7121b8bd70');
    expect(idMadeBy(command, 'game')).toBe('879a6df6-c189-800c-84e9-4c12619fb93d');
    expect(commandHashOf('ReachWaypoint', 'pia', 3, [1, 2.5, -3])).toBe('4c4dadc08121d65e59df3ed1dcdbdfe3');
  });
  it('keep callers apart', () => {
    const callers = [
      callerOf({ kind: 'author', subject: 'pia' }),
      callerOf({ kind: 'player', playerId: 'pia', gameId: 'g' }),
      callerOf({ kind: 'player', playerId: 'pia', gameId: 'h' }),
      callerOf({ kind: 'gateway' }),
      callerOf({ kind: 'scheduler' }),
      callerOf({ kind: 'anyone' }),
    ];
    expect(new Set(callers).size).toBe(callers.length);
  });
});
