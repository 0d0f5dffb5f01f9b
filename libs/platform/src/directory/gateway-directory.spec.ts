import { GatewayChoice, placeOfGame, type GatewayEntry } from './gateway-directory.ts';

const gateway = (id: string, sockets = 0, draining = false): GatewayEntry => ({
  id,
  url: `ws://${id}`,
  sockets,
  draining,
  version: '1',
});

class Directory {
  entries: readonly GatewayEntry[] = [];
  readonly live = () => this.entries;
}

describe('the gateway that a join names', () => {
  const directory = new Directory();
  const hear = (...entries: GatewayEntry[]): void => {
    directory.entries = entries;
  };
  let choice: GatewayChoice;
  beforeEach(() => {
    choice = new GatewayChoice(directory, 'ws://settings');
  });

  it('is that of the settings while none is known, or all are draining', () => {
    hear();
    expect(choice.urlFor('g')).toBe('ws://settings');
    hear(gateway('a', 0, true));
    expect(choice.urlFor('g')).toBe('ws://settings');
  });

  it('is the one with the fewest sockets, counting the games placed since it said so', () => {
    hear(gateway('a', 2), gateway('b', 0), gateway('c', 0, true));
    expect(['g1', 'g2', 'g3', 'g4', 'g5'].map((game) => choice.urlFor(game))).toEqual([
      'ws://b',
      'ws://b',
      'ws://a',
      'ws://b',
      'ws://a',
    ]);
    hear(gateway('a', 9), gateway('b', 10));
    expect(choice.urlFor('g6')).toBe('ws://a');
  });

  it('stays that of the game, whatever others have, until it drains or is gone', () => {
    hear(gateway('a', 0), gateway('b', 1));
    expect(choice.urlFor('g')).toBe('ws://a');
    hear(gateway('a', 900), gateway('b', 1));
    expect(choice.urlFor('g')).toBe('ws://a');
    hear(gateway('a', 900, true), gateway('b', 1));
    expect(choice.urlFor('g')).toBe('ws://b');
    hear(gateway('a', 0), gateway('b', 1));
    expect(choice.urlFor('g')).toBe('ws://b');
  });

  it('is then the same that the draining gateway names', () => {
    const games = Array.from({ length: 200 }, (_, n) => `game-${n}`);
    hear(gateway('a'));
    for (const game of games) choice.urlFor(game);
    const others = [gateway('b', 50), gateway('c', 0), gateway('d', 7)];
    hear(gateway('a', 200, true), ...others);
    for (const game of games) expect(choice.urlFor(game)).toBe(placeOfGame(game, others)!.url);
  });
});

describe('the place of a game', () => {
  it('spreads games evenly, and moves only those of a gateway that goes', () => {
    const all = ['a', 'b', 'c', 'd'].map((id) => gateway(id));
    const games = Array.from({ length: 4_000 }, (_, n) => `game-${n}`);
    const before = games.map((game) => placeOfGame(game, all)!.id);
    for (const { id } of all) expect(before.filter((place) => place === id).length).toBeGreaterThan(850);
    const after = games.map((game) => placeOfGame(game, all.slice(1))!.id);
    for (const [n, place] of before.entries()) if (place !== 'a') expect(after[n]).toBe(place);
    expect(placeOfGame('g', [gateway('a', 0, true)])).toBeNull();
    expect(placeOfGame('g', [])).toBeNull();
  });
});
