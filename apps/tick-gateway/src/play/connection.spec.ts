import { epochMs } from '@waymark/base';
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { Connection } from './connection.ts';

/** What a connection answers and when it ends, on a socket that is a list of what was done to it. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly done: string[] = [];

  send(text: string): void {
    const { type, code } = JSON.parse(text) as { type: string; code?: unknown };
    this.done.push(code === undefined ? type : `${type} ${code}`);
  }

  close(code: number): void {
    this.readyState = 2;
    this.done.push(`close ${code}`);
  }

  ping(): void {
    this.done.push('ping');
  }

  terminate(): void {
    this.readyState = 3;
    this.done.push('terminate');
  }
}

class World {
  readonly socket = new FakeSocket();
  readonly log: string[] = [];
  readonly connection: Connection;
  now = 1_000_000;

  constructor(role: 'player' | 'spectator' = 'player') {
    const move = (): null => {
      this.log.push('move');
      return null;
    };
    this.connection = new Connection({
      socket: this.socket as unknown as WebSocket,
      clock: { now: () => epochMs(this.now) },
      moves: role === 'player' ? { move } : null,
      counts: { moves: 0, movesRefused: 0 },
      onEnding: (_connection, name) => this.log.push(`ending ${name}`),
      onClosed: () => this.log.push('closed'),
    });
    this.connection.isWelcomed = true;
  }

  text(text: string): void {
    this.socket.emit('message', Buffer.from(text), false);
  }

  move(): void {
    const bytes = Buffer.alloc(17);
    bytes[0] = 1;
    this.socket.emit('message', bytes, true);
  }
}

describe('LV2, heartbeats', () => {
  it('end the connection when two went without a pong', () => {
    const world = new World();
    for (let i = 0; i < 3; i++) world.connection.onHeartbeatDue();
    expect(world.socket.done).toEqual(['ping', 'ping', 'bye 4004', 'close 4004']);
    expect(world.log).toEqual(['ending heartbeatLost']);
  });

  it('go on for as long as pongs come', () => {
    const world = new World();
    for (let i = 0; i < 10; i++) {
      world.connection.onHeartbeatDue();
      world.connection.onHeartbeatDue();
      world.socket.emit('pong');
    }
    expect(world.socket.done).toEqual(Array(20).fill('ping'));
  });
});

describe('before the welcome (HS5)', () => {
  it('nothing is answered and no move is taken, but what is wrong ends the connection', () => {
    const world = new World();
    world.connection.isWelcomed = false;
    world.text('{"type":"clock","clientTime":1}');
    world.move();
    expect([world.socket.done, world.log]).toEqual([[], []]);
    world.text('nonsense');
    expect(world.socket.done).toEqual(['bye 4500', 'close 4500']);
  });
});

it('TX4: an error names the move that it answers, and none of an earlier connection', () => {
  const world = new World();
  const errors: unknown[] = [];
  world.socket.send = (text) => void errors.push(JSON.parse(text));
  world.connection.tellError('reach-refused', 7, 'the game is paused');
  world.connection.tellError('reach-refused', -1, 'the game is paused');
  const error = { type: 'error', code: 'reach-refused', message: 'the game is paused', temporary: true };
  expect(errors).toEqual([{ ...error, sequence: 7 }, error]);
});

describe('the end', () => {
  it('is said once, and frames stop before the close frame', () => {
    const world = new World();
    world.connection.end('internal', 'a fault');
    world.connection.end('draining', 'later');
    expect(world.log).toEqual(['ending internal']);
    expect(world.socket.done).toEqual(['bye 4007', 'close 4007']);
  });

  it('lets nothing more in', () => {
    const world = new World();
    world.connection.end('internal', 'a fault');
    world.move();
    world.text('{"type":"clock","clientTime":1}');
    expect(world.log).toEqual(['ending internal']);
    expect(world.socket.done).toHaveLength(2);
  });

  it('of bytes that are no WebSocket stops the frames too: ws closes', () => {
    const world = new World();
    world.socket.emit('error', new RangeError('Invalid WebSocket frame'));
    expect(world.log).toEqual(['ending null']);
  });

  it('of a slow socket whose memory is needed does not wait for its answer', () => {
    const world = new World();
    world.connection.onSlow(false);
    expect(world.socket.done).toEqual(['bye 4003', 'close 4003']);
    const urgent = new World();
    urgent.connection.onSlow(true);
    expect(urgent.socket.done).toEqual(['bye 4003', 'close 4003', 'terminate']);
  });

  it('of a broken socket is left to ws when it is closing already', () => {
    const closing = new World();
    closing.socket.readyState = 2;
    closing.connection.onBroken();
    expect(closing.socket.done).toEqual([]);
    const open = new World();
    open.connection.onBroken();
    expect(open.socket.done).toEqual(['terminate']);
  });
});

describe('MV5, the budget', () => {
  it('is spent by messages, pings, and pongs that nobody asked for', () => {
    for (const event of ['ping', 'pong']) {
      const world = new World();
      for (let i = 0; i < 101; i++) world.socket.emit(event);
      expect(world.socket.done).toEqual(['bye 4006', 'close 4006']);
    }
    const world = new World();
    for (let i = 0; i < 101; i++) world.move();
    expect(world.log).toEqual([...Array(100).fill('move'), 'ending rateLimited']);
  });

  it('of 60 messages a second runs out after the burst, of 50 never', () => {
    const survives = (perSecond: number): boolean => {
      const world = new World();
      for (let i = 0; i < 60 * perSecond; i++) {
        world.now += 1_000 / perSecond;
        world.move();
      }
      return world.socket.readyState === 1;
    };
    expect([survives(60), survives(50)]).toEqual([false, true]);
  });
});

it('HS6: a spectator sends no binary messages', () => {
  const world = new World('spectator');
  world.move();
  expect(world.socket.done).toEqual(['bye 4500', 'close 4500']);
});
