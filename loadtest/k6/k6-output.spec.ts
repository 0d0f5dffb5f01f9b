import { FrameLedger } from '../measure/frame-ledger.ts';
import { readK6Output } from './k6-output.ts';
import { dealtTo, type K6Line, type K6Plan } from './k6-plan.ts';

const PLAN: K6Plan = {
  runId: 'run-a',
  gatewayUrl: 'ws://127.0.0.1:1',
  profile: 'delta',
  fromMs: 1_000,
  untilMs: 3_000,
  graceMs: 0,
  tickPeriodMs: 150,
  tickBudgetMs: 35,
  vus: 3,
  players: Array.from({ length: 7 }, (_, player) => ({ player, gameId: `game-${player}`, session: 's' })),
  witness: { url: 'ws://127.0.0.1:2', sockets: 2 },
};
const USAGE = { cores: 0.1, rssBytes: 1 };

describe('what k6 leaves behind', () => {
  it('is one measurement of all players when every virtual user came to its end', () => {
    const measurement = readK6Output(whole().join('\n'), PLAN, USAGE);
    expect(measurement.players.map(({ player }) => player)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(measurement.witness!.players).toHaveLength(2);
    expect(measurement.seconds).toHaveLength(2);
    expect(measurement).toMatchObject({ instrument: 'k6', runId: 'run-a', commands: null, generator: USAGE });
  });

  it('is unusable when a virtual user is missing', () => {
    expect(() => readK6Output(whole().slice(1).join('\n'), PLAN, USAGE)).toThrow(unusable('2 of 3 virtual users'));
    expect(() => readK6Output('', PLAN, USAGE)).toThrow(unusable('0 of 3 virtual users'));
  });

  it('is unusable when its last line is cut off', () => {
    expect(() => readK6Output(whole().join('\n').slice(0, -40), PLAN, USAGE)).toThrow(unusable('cut off'));
  });

  it('is unusable when it is of another run', () => {
    expect(() => readK6Output(whole('run-b').join('\n'), PLAN, USAGE)).toThrow(unusable('is of run run-b'));
  });

  it('is unusable when a player is missing or there twice', () => {
    const all = [...PLAN.players, { player: 7, gameId: 'game-7', session: 's' }];
    expect(() => readK6Output(whole().join('\n'), { ...PLAN, players: all }, USAGE)).toThrow(
      unusable('lacks player 7'),
    );
    const lines = whole().map((line) => JSON.parse(line) as K6Line);
    const twice = {
      ...lines[0]!,
      players: { ...lines[0]!.players, players: [...lines[0]!.players.players].concat(lines[0]!.players.players[0]!) },
    };
    const text = [twice, lines[1], lines[2]].map((line) => JSON.stringify(line)).join('\n');
    expect(() => readK6Output(text, PLAN, USAGE)).toThrow(unusable('has 8 players'));
  });
});

function whole(runId = PLAN.runId): string[] {
  return [1, 2, 3].map((vu) => {
    const players = new FrameLedger(dealtTo(vu, PLAN.vus, PLAN.players));
    const witness = new FrameLedger(dealtTo(vu, PLAN.vus, [0, 1]).map((player) => ({ player, gameId: 'witness' })));
    for (const ledger of [players, witness]) ledger.openWindow(PLAN);
    const line: K6Line = { runId, vu, players: players.finish(), witness: witness.finish() };
    return JSON.stringify(line);
  });
}

function unusable(words: string): Error {
  return expect.objectContaining({
    code: 'output-unusable',
    message: expect.stringContaining(words),
  }) as unknown as Error;
}
