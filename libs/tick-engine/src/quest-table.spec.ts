import { lineQuest } from '@waymark/testing';

import { createQuestTable, questRow, registerQuest, releaseQuest, retainQuest } from './quest-table.ts';

describe('the quest table', () => {
  it('holds a version once, and its columns are the ones that were compiled', () => {
    const table = createQuestTable({ questsMax: 4, idleMax: 2 });
    const quest = lineQuest(3);
    const row = registerQuest(table, 'q', 1, quest);
    expect(registerQuest(table, 'q', 1, lineQuest(9))).toBe(row);
    expect(table.rows[row]!.compiled.places).toBe(quest.places);
    expect([questRow(table, 'q', 1), questRow(table, 'q', 2)]).toEqual([row, -1]);
  });

  it('drops the version that has been without a game for longest, and never one with a game', () => {
    const table = createQuestTable({ questsMax: 4, idleMax: 2 });
    const used = registerQuest(table, 'used', 1, lineQuest(3));
    retainQuest(table, used);
    for (const questId of ['a', 'b', 'c']) registerQuest(table, questId, 1, lineQuest(3));
    expect(['used', 'a', 'b', 'c'].map((questId) => questRow(table, questId, 1) !== -1)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    // Being released makes it the one that became idle last.
    releaseQuest(table, used);
    expect(['used', 'b', 'c'].map((questId) => questRow(table, questId, 1) !== -1)).toEqual([true, false, true]);
    retainQuest(table, questRow(table, 'c', 1));
    registerQuest(table, 'd', 1, lineQuest(3));
    expect(['used', 'c', 'd'].map((questId) => questRow(table, questId, 1) !== -1)).toEqual([true, true, true]);
  });

  it('ends the process when a version is released more often than used', () => {
    const table = createQuestTable({ questsMax: 4, idleMax: 2 });
    const row = registerQuest(table, 'q', 1, lineQuest(3));
    expect(() => releaseQuest(table, row)).toThrow('released once for each of its games');
  });

  it('encodes clues once, side by side', () => {
    const table = createQuestTable({ questsMax: 4, idleMax: 2 });
    const quest = {
      ...lineQuest(4),
      clues: new Map([
        [1, 'über'],
        [3, '🗝️'],
      ]),
    };
    const { clueStart, clueBytes } = table.rows[registerQuest(table, 'q', 1, quest)]!;
    const clueOf = (waypoint: number): string =>
      new TextDecoder().decode(clueBytes.subarray(clueStart[waypoint], clueStart[waypoint + 1]));
    expect([0, 1, 2, 3].map(clueOf)).toEqual(['', 'über', '', '🗝️']);
  });

  it('indexes places for free order only', () => {
    const table = createQuestTable({ questsMax: 4, idleMax: 2 });
    expect(table.rows[registerQuest(table, 's', 1, lineQuest(3))]!.reachIndex).toBeNull();
    expect(table.rows[registerQuest(table, 'f', 1, lineQuest(3, 'free'))]!.reachIndex).toMatchObject({
      axis: 0,
      radiusMax: 2,
    });
  });
});
