import { HEARTBEAT_MS, SOCKET_PENDING_MAX, SOCKET_STALLED_TICKS_MAX } from '@waymark/base';
import { applyFrame, createHuntState } from '@waymark/protocol';
import { markDirty } from '@waymark/tick-engine';
import { FanOutWorld as World, type Seated } from '../testing/fan-out-world.ts';

const kinds = ({ transport }: Seated): string[] => transport.frames.map((frame) => frame.kind);
const revisions = ({ transport }: Seated): number[] =>
  transport.frames.filter((frame) => frame.kind === 'event').map((frame) => frame.header.revision);

describe('a tick', () => {
  it('encodes one delta and hands the same slab to every socket in step', () => {
    const world = new World();
    const sockets = [world.inStep({ player: 'ada' }), world.inStep({ player: 'bob' }), world.inStep()];
    world.tick();
    const [first] = sockets[0]!.transport.slabs;
    for (const seated of sockets) {
      expect(seated.transport.slabs).toEqual([first]);
      expect(kinds(seated)).toEqual(['delta']);
    }
    expect(world.pool.usedCount).toBe(0);
    expect(world.fanOut.counts.stateFramesSent).toBe(6);
  });

  it('says what changed once, and nothing when nothing did', () => {
    const world = new World();
    const ada = world.inStep({ player: 'ada' });
    world.tick(2);
    expect(ada.transport.frames.map((frame) => (frame.kind === 'delta' ? frame.players.length : -1))).toEqual([2, 0]);
  });

  it('gives a socket of the full profile a keyframe of its own, with its window, in at most 4,096 bytes', () => {
    const world = new World();
    const ada = world.inStep({ player: 'ada', full: true });
    world.tick();
    const [frame] = ada.transport.frames;
    expect(frame).toMatchObject({ kind: 'keyframe', game: { windowRow: 0 } });
    expect(frame!.kind === 'keyframe' && frame.window.length).toBe(64);
    expect(ada.transport.messages[0]!.length).toBeLessThanOrEqual(4_096 + 4);
  });

  it('of a game without sockets costs no slab, and what changed in it is not told later', () => {
    const world = new World();
    world.tick();
    expect(world.pool.usedMax).toBe(0);
    const ada = world.inStep();
    world.tick();
    expect(ada.transport.frames).toMatchObject([{ kind: 'delta', players: [] }]);
  });

  it('leaves other games alone', () => {
    const world = new World();
    const other = world.test.game('h', ['cleo']);
    const there = world.inStep({ game: other });
    world.tick();
    expect(there.transport.frames).toEqual([]);
  });
});

describe('latest wins (SK1)', () => {
  it('a busy socket is left out, and its next frame is a keyframe that says how many it missed', () => {
    const world = new World();
    const slow = world.inStep({ player: 'ada' });
    const other = world.inStep({ player: 'bob' });
    slow.transport.isBusy = true;
    world.tick(3);
    expect(slow.transport.frames).toEqual([]);
    slow.transport.isBusy = false;
    world.tick(2);
    expect(kinds(slow)).toEqual(['keyframe', 'delta']);
    expect(slow.transport.frames.map((frame) => frame.header.skipped)).toEqual([3, 0]);
    expect(kinds(other)).toEqual(['delta', 'delta', 'delta', 'delta', 'delta']);
    expect(world.fanOut.counts.stateFramesSkipped).toBe(3);
  });

  it('leaves a client that follows SK2 without a hole', () => {
    const world = new World();
    const slow = world.seat({ player: 'ada' });
    world.fanOut.sendKeyframe(slow.socket, 0, world.context);
    const client = createHuntState();
    const take = (): void => {
      for (const frame of slow.transport.frames) expect(applyFrame(client, frame)).toBe('applied');
      slow.transport.messages.length = 0;
    };
    for (let step = 0; step < 60; step++) {
      slow.transport.isBusy = step % 7 > 3;
      if (step % 5 === 0) world.event();
      markDirty(world.test.arena, slow.socket.player);
      world.tick();
      take();
    }
    expect(client.revision).toBe(world.test.arena.games.revision[world.game]);
  });

  it('tries to flush what waits before it leaves a frame out', () => {
    const world = new World();
    const slow = world.inStep();
    slow.transport.isBusy = true;
    world.event();
    slow.transport.isBusy = false;
    world.tick();
    expect(kinds(slow)).toEqual(['event', 'delta']);
  });

  it(`closes a socket as slow after ${SOCKET_STALLED_TICKS_MAX} stalled ticks in a row, not before`, () => {
    const world = new World();
    const slow = world.inStep();
    slow.transport.isBusy = true;
    world.tick(SOCKET_STALLED_TICKS_MAX - 1);
    expect(slow.told).toEqual([]);
    slow.transport.isBusy = false;
    world.tick();
    slow.transport.isBusy = true;
    world.tick(SOCKET_STALLED_TICKS_MAX - 1);
    expect(slow.told).toEqual([]);
    world.tick();
    expect(slow.told).toEqual(['slow']);
    slow.transport.isBusy = false;
    const before = slow.transport.messages.length;
    world.tick();
    world.event();
    expect(slow.transport.messages.length).toBe(before);
    expect(slow.told).toEqual(['slow']);
    expect(world.fanOut.counts.slowSockets).toBe(1);
  });
});

describe('an event (FR5)', () => {
  it('goes to every socket at once, encoded once', () => {
    const world = new World();
    const sockets = [world.inStep({ player: 'ada' }), world.inStep({ player: 'bob', full: true }), world.inStep()];
    world.event();
    for (const seated of sockets) expect(kinds(seated)).toEqual(['event']);
    expect(new Set(sockets.map(({ transport }) => transport.slabs[0])).size).toBe(1);
    expect(world.pool.usedCount).toBe(0);
  });

  it('is never left out: those of a busy socket wait in their order', () => {
    const world = new World();
    const slow = world.inStep();
    slow.transport.isBusy = true;
    for (let i = 0; i < 10; i++) {
      world.event();
      world.tick();
    }
    expect(slow.transport.frames).toEqual([]);
    slow.transport.isBusy = false;
    world.tick();
    expect(revisions(slow)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    expect(kinds(slow).at(-1)).toBe('keyframe');
    expect(world.pool.usedCount).toBe(0);
  });

  it('that finds the queue full closes the socket as slow, and lets go of what waited when it is detached', () => {
    const world = new World();
    const slow = world.inStep();
    const other = world.inStep();
    world.onTold = (socket) => world.fanOut.detach(socket);
    slow.transport.isBusy = true;
    for (let i = 0; i < SOCKET_PENDING_MAX; i++) world.event();
    expect(slow.told).toEqual([]);
    expect(world.pool.usedCount).toBe(SOCKET_PENDING_MAX);
    world.event();
    expect(slow.told).toEqual(['slow']);
    expect(revisions(other)).toHaveLength(SOCKET_PENDING_MAX + 1);
    expect(world.pool.usedCount).toBe(0);
  });

  it('that no slab is free for closes the sockets of its game: it must not be lost in silence', () => {
    const world = new World(1);
    const seated = world.inStep();
    world.pool.claim();
    world.event();
    expect(seated.told).toEqual(['slow, urgent']);
    expect(world.fanOut.slabsMissing).toBe(1);
  });

  it('of a resume comes as copies, more of them than the queue has room for', () => {
    const world = new World();
    const resumed = world.inStep();
    const copies: Uint8Array[] = [];
    for (let i = 0; i < 200; i++) {
      world.test.apply('g', { type: 'GamePaused', data: { at: 2 } });
      copies.push(world.fanOut.copyEvent(world.test.arena.applied, world.context)!);
    }
    expect(world.pool.usedCount).toBe(0);
    world.fanOut.sendCopies(resumed.socket, Buffer.concat(copies), copies.length);
    expect(revisions(resumed)).toEqual(Array.from({ length: 200 }, (_, i) => i + 4));
    expect(world.fanOut.counts.eventFramesSent).toBe(200);
  });
});

describe('a reveal', () => {
  it('goes to the player alone, in as many frames as it takes, and once', () => {
    const world = new World();
    const ada = world.inStep({ player: 'ada' });
    const bob = world.inStep({ player: 'bob' });
    world.fanOut.sendReveals(ada.socket, world.context);
    world.fanOut.sendReveals(ada.socket, world.context);
    const [first, ...others] = ada.transport.frames;
    expect(first).toMatchObject({ kind: 'reveal', reset: true, row: 0 });
    expect(others).toEqual([]);
    expect(bob.transport.frames).toEqual([]);
  });
});

describe('a broken socket', () => {
  it('is given up without being called slow', () => {
    const world = new World();
    const broken = world.inStep();
    const other = world.inStep();
    broken.transport.isBroken = true;
    world.tick();
    expect(broken.told).toEqual(['broken']);
    expect(kinds(other)).toEqual(['delta']);
    expect(world.fanOut.counts).toMatchObject({ slowSockets: 0, brokenSockets: 1 });
  });
});

describe('when most slabs are held', () => {
  it('who stalls is closed at once, and who keeps up gets every frame', () => {
    const world = new World(64);
    const games = Array.from({ length: 6 }, (_, i) => world.test.game(`game ${i}`, ['p']));
    const stalled = games.map((game) => world.inStep({ game }));
    const healthy = world.inStep();
    world.onTold = (socket) => world.fanOut.detach(socket);
    for (let i = 0; i < 60; i++) world.pool.retain(world.pool.claim());
    for (const { transport } of stalled) transport.isBusy = true;
    for (const game of games) world.tick(1, game);
    world.tick();
    expect(stalled.map(({ told }) => told)).toEqual(games.map(() => ['slow, urgent']));
    expect(kinds(healthy)).toEqual(['delta']);
  });
});

describe('heartbeats', () => {
  it('are spread over the period by the phase that a socket was attached with', () => {
    const world = new World();
    const phases = [0.1, 0.5, 0.9];
    const sockets = phases.map((phase) => world.inStep({ phase }));
    const heardAt = new Map<Seated, number>();
    for (let i = 0; i < HEARTBEAT_MS / 150; i++) {
      world.tick();
      for (const seated of sockets)
        if (seated.told.length === 1 && !heardAt.has(seated)) heardAt.set(seated, world.context.now);
    }
    for (const [i, seated] of sockets.entries()) {
      expect(heardAt.get(seated)! / HEARTBEAT_MS).toBeCloseTo(phases[i]!, 1);
      expect(seated.told).toEqual(['heartbeat']);
    }
    world.tick(HEARTBEAT_MS / 150);
    for (const { told } of sockets) expect(told).toEqual(['heartbeat', 'heartbeat']);
  });

  it('that end the connection end its frames', () => {
    const world = new World();
    const silent = world.inStep({ phase: 0 });
    world.onTold = (socket) => world.fanOut.detach(socket);
    world.tick();
    expect(silent.told).toEqual(['heartbeat']);
    expect(silent.transport.frames).toEqual([]);
  });
});

describe('the list of sockets of a game', () => {
  it('may lose sockets while they are served', () => {
    const world = new World();
    const sockets = Array.from({ length: 5 }, () => world.inStep());
    for (const index of [4, 2, 0]) sockets[index]!.transport.isBroken = true;
    world.onTold = (socket) => world.fanOut.detach(socket);
    world.tick();
    expect(sockets.map(({ transport }) => transport.messages.length)).toEqual([0, 1, 0, 1, 0]);
    expect(world.fanOut.socketCount).toBe(2);
    world.event();
    expect(sockets.map(({ transport }) => transport.messages.length)).toEqual([0, 2, 0, 2, 0]);
  });

  it('lets go of a socket once, wherever it stands, and may be asked to again', () => {
    const world = new World();
    const sockets = Array.from({ length: 3 }, () => world.inStep());
    for (const { socket, transport } of [sockets[1]!, sockets[0]!, sockets[2]!]) {
      world.fanOut.detach(socket);
      world.fanOut.detach(socket);
      expect(transport.isClosed).toBe(true);
    }
    expect(world.fanOut.socketCount).toBe(0);
    expect(world.fanOut.firstSocket(world.game)).toBeNull();
  });
});
