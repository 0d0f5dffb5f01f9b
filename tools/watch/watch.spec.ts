import type { EventPayload } from '@waymark/protocol';
import { CommandLineError } from '../command-line/command-line.ts';
import { readArguments } from './arguments.ts';
import { LagWindow } from './lag-window.ts';
import { cut } from './screen.ts';
import { eventLine, viewLine, viewLines, type GameView } from './view.ts';

const PLAYER = {
  name: 'Ada',
  present: true,
  connected: true,
  placed: true,
  x: 1,
  y: -2.25,
  z: 3,
  score: 30,
  reachedCount: 2,
  nextWaypoint: 2,
};
const VIEW: GameView = {
  title: 'Lantern',
  gameId: 'g1',
  status: 'running',
  connection: 'connected',
  now: 1_000_000,
  endsAt: 1_000_000 + 3_723_000,
  waypointCount: 12,
  players: [PLAYER, { ...PLAYER, name: 'Bram', score: 50, placed: false, nextWaypoint: null, connected: false }],
  lag: { framesPerSecond: 6.67, p50Ms: 0.8, p99Ms: 3.2, worstMs: 9 },
  feed: ['12:00:00 Ada has joined'],
};
const plain = (text: string): string => text.replace(/\x1b\[[\d;]*m/g, '');

describe('the view of a game', () => {
  it('has a row a player, best first, and all that a spectator wants to know', () => {
    const lines = viewLines(VIEW).map(plain);
    expect(lines[0]).toBe('Lantern  running, 1:02:03 left');
    expect(lines[4]).toMatch(/^Bram +50 +2\/12 +- +-  not connected$/);
    expect(lines[5]).toMatch(/^Ada +30 +2\/12 +2 +1\.0 +-2\.3 +3\.0$/);
    expect(lines).toContain('6.7 frames/s, lag p50 0.8, p99 3.2, worst 9.0 ms');
    expect(lines.at(-1)).toBe('12:00:00 Ada has joined');
  });

  it('fits one line where there is no terminal', () => {
    expect(plain(viewLine(VIEW))).toBe(
      'running, 1:02:03 left | Ada 30 (2/12) | Bram 50 (2/12) | 6.7 frames/s, lag p50 0.8, p99 3.2, worst 9.0 ms',
    );
  });

  it('says so while there is no connection, no frame and nobody', () => {
    const lag = { framesPerSecond: 0, p50Ms: null, p99Ms: null, worstMs: null };
    const lines = viewLines({ ...VIEW, connection: 'connecting', players: [], lag }).map(plain);
    expect(lines[0]).toBe('Lantern  connecting');
    expect(lines).toContain('nobody has joined yet');
    expect(lines).toContain('no frames yet');
  });

  it('lets no name or title steer the terminal', () => {
    const evil = '\x1b]0;x\x07\u202eAda\u2028';
    const text = [...viewLines({ ...VIEW, title: evil, players: [{ ...PLAYER, name: evil }] }), viewLine(VIEW)].join(
      '',
    );
    expect(plain(text)).not.toMatch(/[\x00-\x1f\u2028\u202e]/);
  });

  it('cuts a line to the terminal without counting colours', () => {
    expect(cut('\x1b[1mabcdef\x1b[22mgh', 4)).toBe('\x1b[1mabcd\x1b[22m');
    expect(cut('äöü', 5)).toBe('äöü');
  });
});

describe('event lines', () => {
  const event: EventPayload = {
    type: 'WaypointReached',
    row: 0,
    waypoint: 4,
    points: 20,
    score: 70,
    treasure: false,
    sentAt: null,
    position: 9,
    at: 0,
    endsAt: 0,
    reason: null,
    playerId: 'a',
    name: '',
  };

  it.each<[Partial<EventPayload>, string]>([
    [{}, 'Ada has reached waypoint 4: +20, now 70'],
    [{ treasure: true }, 'Ada has reached waypoint 4, the treasure: +20, now 70'],
    [{ type: 'GameEnded', reason: 'treasure' }, 'the game is over: Ada has found the treasure'],
    [{ type: 'GameEnded', reason: 'time' }, 'the game is over: the time is up'],
    [{ type: 'GameEnded', reason: 'operator' }, 'the game was ended by its owner'],
    [{ type: 'PlayerJoined' }, 'Ada has joined'],
    [{ type: 'PlayerLeft' }, 'Ada has left'],
  ])('%j', (change, text) => {
    expect(eventLine({ ...event, ...change }, 'Ada')).toMatch(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${text.replace('+', '\\+')}$`),
    );
  });
});

describe('LagWindow', () => {
  it('tells rate and quantiles of the last ten seconds', () => {
    const window = new LagWindow();
    for (let n = 0; n < 200; n++) window.add(n * 100, n < 100 ? 500 : n - 100);
    const summary = window.summary(19_950);
    expect(summary).toEqual({ framesPerSecond: 10, p50Ms: 49, p99Ms: 98, worstMs: 99 });
  });

  it('takes the error of a clock for no lag: no frame comes before it is due', () => {
    const window = new LagWindow();
    window.add(10, -3);
    expect(window.summary(20)).toMatchObject({ p50Ms: 0, worstMs: 0 });
  });

  it('knows nothing before the first frame and after ten seconds without one', () => {
    const window = new LagWindow();
    expect(window.summary(5)).toMatchObject({ framesPerSecond: 0, p50Ms: null });
    window.add(10, 1);
    expect(window.summary(20_000)).toMatchObject({ framesPerSecond: 0, p99Ms: null });
  });
});

describe('arguments', () => {
  it('are a game and options', () => {
    expect(readArguments([])).toMatchObject({ once: false });
    expect(readArguments(['g1', '--gateway', 'http://h:1', '--seconds', '2.5'])).toEqual({
      gameId: 'g1',
      gateway: 'http://h:1',
      token: undefined,
      once: false,
      seconds: 2.5,
    });
    expect(readArguments(['-h'])).toBe('help');
  });

  it.each([[['a', 'b']], [['--gateway', 'localhost']], [['--seconds', '0']], [['--seconds', 'x']], [['--wat']]])(
    'are refused with a sentence: %j',
    (args) => {
      expect(() => readArguments(args)).toThrow(CommandLineError);
    },
  );
});
