import { assert } from '@waymark/base';
import type { CompiledQuest, GameCreated, GameEvent } from '@waymark/domain';
import { applyWelcome, createHuntState, FLAG_NOT_RECOVERED } from '@waymark/protocol';
import {
  acceptMove,
  attachQuest,
  connectPlayer,
  createAppliedEvent,
  createArena,
  describeEvent,
  disconnectPlayer,
  findReach,
  gameSlot,
  isCurrentGame,
  MOVE_ACCEPTED,
  MOVE_NOT_RUNNING,
  MOVE_OUT_OF_BOUNDS,
  MOVE_STALE,
  MOVE_TOO_FAST,
  playerAt,
  projectEvent,
  PROJECT_APPLIED,
  PROJECT_FULL,
  PROJECT_REPEATED,
  PROJECT_UNKNOWN_GAME,
  questRow,
  registerQuest,
  releaseGame,
  TickSchedule,
  type Arena,
  type EventEnvelope,
  type SlabPool,
} from '@waymark/tick-engine';

import { sampleWelcome } from '../sample-welcome.ts';
import { SeededRandom } from '../seeded-random.ts';
import { auditArena, auditEmptyArena } from './audit-arena.ts';
import type { NaiveMoveResult, NaivePlayer } from './naive-hunt.ts';
import { randomQuest } from './random-quest.ts';
import { SimulatedFanOut } from './simulated-fan-out.ts';
import { SimulatedHunt, type Seat } from './simulated-hunt.ts';
import { SlowSocket } from './slow-socket.ts';

/**
 * A gateway's life in fast motion, decided by a seed: games come and go, players join, walk, reach and leave, sockets connect, stall, break
 * and resume, ticks come late, tables and slabs run out. The engine and the naive model are told the same; whatever a client holds after a
 * state frame, whatever the columns hold at an audit, must be what the model says. A difference throws.
 */
export interface HuntSimulationOptions {
  readonly seed: number;
  readonly pool: SlabPool;
}

/** Small, so that each of them is full now and then. */
const GAMES_MAX = 5;
const PLAYERS_MAX = 14;
const IDLE_QUESTS_MAX = 2;
const PERIOD_MS = 150;
const LINGER_MS = 2_000;

const MOVE_CODES: Readonly<Record<NaiveMoveResult, number>> = {
  accepted: MOVE_ACCEPTED,
  stale: MOVE_STALE,
  'not running': MOVE_NOT_RUNNING,
  'out of bounds': MOVE_OUT_OF_BOUNDS,
  'too fast': MOVE_TOO_FAST,
};

export class HuntSimulation {
  readonly arena: Arena = createArena({ gamesMax: GAMES_MAX, playersMax: PLAYERS_MAX, idleQuestsMax: IDLE_QUESTS_MAX });
  framesRead = 0;
  resumeCount = 0;
  private readonly pool: SlabPool;
  private readonly random: SeededRandom;
  readonly schedule = new TickSchedule({ gamesMax: GAMES_MAX, periodMs: PERIOD_MS, slotWidthMs: 10 });
  private readonly fanOut: SimulatedFanOut;
  private readonly quests: CompiledQuest[] = [];
  private readonly hunts: SimulatedHunt[] = [];
  private readonly steps: readonly (readonly [name: string, weight: number, run: () => void])[];
  private now = 1_795_435_200_000;
  private position = 0;
  private gameCount = 0;

  constructor({ seed, pool }: HuntSimulationOptions) {
    this.pool = pool;
    this.random = new SeededRandom(seed);
    this.fanOut = new SimulatedFanOut({ arena: this.arena, pool, random: this.random });
    this.schedule.start(this.now);
    for (let i = 0; i < 5; i++) this.quests.push(randomQuest(this.random));
    this.steps = [
      ['time passes', 30, () => this.passTime()],
      ['a game is created', 3, () => this.create()],
      ['a quest is found again', 3, () => this.findQuest()],
      ['a game moves on', 4, () => this.moveOn()],
      ['a player joins', 8, () => this.join()],
      ['a player leaves', 1, () => this.leave()],
      ['a waypoint is reached', 12, () => this.reachAny()],
      ['an event is repeated', 3, () => this.repeat()],
      ['a player moves', 30, () => this.move()],
      ['a socket connects', 10, () => this.connect()],
      ['a socket breaks', 2, () => this.breakSocket()],
      ['a socket reads', 20, () => this.read()],
      ['an ended game is released', 3, () => this.release()],
    ];
  }

  run(stepCount: number): void {
    const weightSum = this.steps.reduce((sum, [, weight]) => sum + weight, 0);
    for (let i = 0; i < stepCount; i++) {
      let left = this.random.integer(weightSum);
      const [, , run] = this.steps.find(([, weight]) => (left -= weight) < 0)!;
      run();
      if (this.random.integer(20) === 0) for (const hunt of this.live()) auditArena(this.arena, hunt);
    }
  }

  /** Ends every game; then nothing may be left in use. */
  finish(): void {
    for (const hunt of this.live()) {
      for (const seat of hunt.seats) seat.socket.read();
      this.letGo(hunt);
    }
    auditEmptyArena(this.arena);
    assert(this.pool.usedCount === 0, 'every slab comes back');
  }

  private passTime(): void {
    this.now += this.random.pick([1, 5, 10, 20, 50, 150, 149.9, 500]);
    const { schedule, fanOut } = this;
    const count = schedule.collectDue(this.now);
    fanOut.context.now = this.now;
    for (let i = 0; i < count; i++) {
      fanOut.context.dueAt = schedule.dueAt[i]!;
      fanOut.context.tick = schedule.dueTick[i]!;
      fanOut.tick(this.hunts.find((hunt) => hunt.slot === schedule.due[i])!);
    }
  }

  private create(): void {
    const quest = this.random.integer(this.quests.length);
    const created: GameCreated = {
      gameId: `game-${this.gameCount++}`,
      questId: `quest-${quest}`,
      questVersion: 1,
      contentHash: this.quests[quest]!.contentHash,
      ownerId: 'owner',
      joinCode: null,
      startsAt: null,
      durationSeconds: 3_600,
      maxPlayers: 64,
      at: this.now,
    };
    if (this.random.integer(2) === 0) registerQuest(this.arena.quests, created.questId, 1, this.quests[quest]!);
    const hunt = new SimulatedHunt(created, this.quests[quest]!);
    const isFull = this.live().length === GAMES_MAX;
    this.hunts.push(hunt);
    this.project(hunt, { type: 'GameCreated', data: created }, isFull ? PROJECT_FULL : PROJECT_APPLIED);
    if (isFull) return;
    hunt.slot = gameSlot(this.arena, created.gameId);
    hunt.generation = this.arena.games.generation[hunt.slot]!;
    if (this.arena.games.quest[hunt.slot] !== -1) hunt.model.quest = hunt.quest;
    this.schedule.add(hunt.slot);
  }

  /** A game that was created without its version gets it. */
  private findQuest(): void {
    const hunt = this.live().find(({ model }) => model.quest === null);
    if (hunt === undefined) return;
    const { questId } = hunt.model.created;
    const row = registerQuest(this.arena.quests, questId, 1, hunt.quest);
    assert(row === questRow(this.arena.quests, questId, 1), 'a version that was registered is found');
    attachQuest(this.arena, hunt.slot, row);
    hunt.model.quest = hunt.quest;
  }

  private moveOn(): void {
    const hunt = this.someLive();
    if (hunt === undefined) return;
    const { status } = hunt.model;
    const at = this.now;
    if (status === 'scheduled') {
      this.project(hunt, { type: 'GameStarted', data: { at, endsAt: at + 3_600_000 } });
    } else if (this.random.integer(4) === 0 && status !== 'ended') {
      const winner = hunt.model.players.find(({ row }) => !hunt.unserved.has(row));
      const winnerId = this.random.integer(2) === 0 ? (winner?.playerId ?? null) : null;
      const reason = winnerId === null ? this.random.pick(['operator', 'time'] as const) : 'treasure';
      this.project(hunt, { type: 'GameEnded', data: { at, reason, winnerId } });
    } else if (status === 'running') {
      this.project(hunt, { type: 'GamePaused', data: { at } });
    } else if (status === 'paused') {
      this.project(hunt, { type: 'GameResumed', data: { at, endsAt: at + 1_000_000 } });
    }
  }

  private join(): void {
    const hunt = this.someLive();
    if (hunt === undefined || hunt.model.status === 'ended') return;
    const { players } = hunt.model;
    const gone = players.find((player) => !player.present);
    const returns = gone !== undefined && this.random.integer(2) === 0;
    if (!returns && !hunt.model.hasRoom) return;
    const row = returns ? gone.row : players.length;
    const playerId = returns ? gone.playerId : `player-${row}-é`;
    const name = this.random.pick(['Ada', 'Bén', '花子', '🦊']);
    if (!returns && this.arena.freePlayers.usedCount === PLAYERS_MAX) hunt.unserved.add(row);
    this.project(hunt, { type: 'PlayerJoined', data: { playerId, name, row, at: this.now } });
  }

  private leave(): void {
    const hunt = this.someLive();
    const player = hunt?.model.players.find(({ present }) => present);
    if (hunt === undefined || player === undefined || hunt.model.status === 'ended') return;
    this.project(hunt, { type: 'PlayerLeft', data: { playerId: player.playerId, row: player.row, at: this.now } });
    const seat = hunt.seats.find(({ row }) => row === player.row);
    if (seat !== undefined) this.cutOff(hunt, seat);
  }

  private reachAny(): void {
    const hunt = this.someLive();
    if (hunt === undefined || hunt.model.status !== 'running' || hunt.model.players.length === 0) return;
    const player = this.random.pick(hunt.model.players);
    const open = Array.from({ length: hunt.quest.waypointCount }, (_, i) => i).filter((i) => !player.reached.has(i));
    if (open.length === 0) return;
    this.reach(hunt, player, hunt.quest.order === 'sequential' ? open[0]! : this.random.pick(open));
  }

  private reach(hunt: SimulatedHunt, player: NaivePlayer, waypoint: number): void {
    const points = hunt.quest.points[waypoint]!;
    const treasure = hunt.quest.treasure[waypoint] === 1;
    const { playerId, row, score } = player;
    const data = {
      playerId,
      row,
      waypoint,
      place: [0, 0, 0],
      points,
      score: score + points,
      treasure,
      at: this.now,
    } as const;
    this.project(hunt, { type: 'WaypointReached', data });
  }

  private repeat(): void {
    const hunt = this.hunts.length === 0 ? undefined : this.random.pick(this.hunts);
    // A creation that is repeated after the release would make the game anew: that repeat is the feed's to prevent.
    if (hunt === undefined || hunt.log.length < 2) return;
    const { event, envelope } = hunt.log[1 + this.random.integer(hunt.log.length - 1)]!;
    const result = projectEvent(this.arena, hunt.model.created.gameId, event, envelope);
    assert(result === (hunt.isLive ? PROJECT_REPEATED : PROJECT_UNKNOWN_GAME), 'a repeat is told as one');
  }

  private move(): void {
    const hunt = this.someLive();
    const seat = hunt?.seats.find(({ row }) => row !== null);
    if (hunt === undefined || seat === undefined) return;
    const player = hunt.model.players[seat.row!]!;
    const reachM = this.random.pick([0.5, 3, 3, 8, 200, 500_000]);
    const from = player.place ?? [0, 0, 0];
    const step = (axis: number): number => Math.fround(from[axis]! + (this.random.fraction() - 0.5) * reachM);
    const sequence = (player.moveSequence ?? 0) + this.random.pick([1, 1, 2, 0]);
    const move = { sequence, x: step(0), y: step(1), z: step(2) };
    const wanted = hunt.model.move(player, move, this.now);
    const result = acceptMove(this.arena, seat.player, move, this.now);
    assert(result === MOVE_CODES[wanted], `a move is judged as the rules say: ${wanted}, not ${result}`);
    this.lookForReach(hunt, player, seat.player);
  }

  private lookForReach(hunt: SimulatedHunt, player: NaivePlayer, slot: number): void {
    const { reachPending } = this.arena.players;
    const waypoint = hunt.model.reachable(player);
    assert(
      findReach(this.arena, slot) === waypoint,
      'a player stands in the waypoint that a look at all of them finds',
    );
    if (waypoint === -1 || this.random.integer(3) === 0) return;
    reachPending[slot] = waypoint;
    assert(findReach(this.arena, slot) === -1, 'one reach is asked for at a time');
    this.reach(hunt, player, waypoint);
    assert(reachPending[slot] === -1, 'a reach is settled by its event');
  }

  private connect(): void {
    const hunt = this.someLive();
    if (hunt === undefined || hunt.model.quest === null) return;
    const joined = hunt.model.players.filter(({ row, present }) => present && !hunt.unserved.has(row));
    const isSpectator = joined.length === 0 || this.random.integer(5) === 0;
    const player = isSpectator ? null : this.random.pick(joined);
    const before = hunt.seats.find(({ row }) => row !== null && row === player?.row);
    if (before !== undefined) this.cutOff(hunt, before);
    const held = player === null ? undefined : hunt.heldByRow.get(player.row);
    const resumes = held !== undefined && held.revision >= 0 && this.random.integer(2) === 0;
    if (resumes) this.resumeCount += 1;
    const client = resumes ? held : createHuntState();
    const socket = new SlowSocket({ pool: this.pool, client, inspect: (state) => hunt.inspect(state) });
    const slot = player === null ? -1 : playerAt(this.arena, hunt.slot, player.row);
    const seat: Seat = { row: player?.row ?? null, player: slot, full: this.random.integer(3) === 0, socket };
    if (player !== null) {
      connectPlayer(this.arena, slot);
      player.connected = true;
      player.moveSequence = null;
    }
    const roster = hunt.model.players.map(({ row, playerId, name, present }) => ({ row, playerId, name, present }));
    const fromRevision = client.revision;
    const resumed = resumes ? { recovered: true, fromRevision, events: hunt.model.revision - fromRevision } : null;
    applyWelcome(client, sampleWelcome({ row: seat.row, roster, resumed, status: hunt.model.status }));
    hunt.seats.push(seat);
    if (!this.bringUpToDate(hunt, seat, resumes ? fromRevision : null)) this.cutOff(hunt, seat);
  }

  /** What follows a welcome: missed events, a keyframe, reveals. False when there was no slab for one of them. */
  private bringUpToDate(hunt: SimulatedHunt, seat: Seat, fromRevision: number | null): boolean {
    const { fanOut, arena } = this;
    fanOut.context.now = this.now;
    fanOut.context.dueAt = this.now;
    fanOut.context.tick = this.schedule.tickAt(this.now);
    const applied = createAppliedEvent();
    for (const { event, envelope } of fromRevision === null ? [] : hunt.log.slice(fromRevision + 1)) {
      describeEvent(arena, hunt.slot, event, envelope, applied);
      if (!fanOut.event(applied, [seat])) return false;
    }
    if (!fanOut.sendOwn(hunt, seat, fromRevision === null ? FLAG_NOT_RECOVERED : 0, true)) return false;
    return seat.player === -1 || fanOut.reveals(seat);
  }

  private breakSocket(): void {
    const hunt = this.someLive();
    if (hunt === undefined || hunt.seats.length === 0) return;
    this.cutOff(hunt, this.random.pick(hunt.seats));
  }

  private cutOff(hunt: SimulatedHunt, seat: Seat): void {
    seat.socket.close();
    this.framesRead += seat.socket.readCount;
    hunt.seats.splice(hunt.seats.indexOf(seat), 1);
    if (seat.row === null) return;
    hunt.heldByRow.set(seat.row, seat.socket.client);
    disconnectPlayer(this.arena, seat.player);
    hunt.model.players[seat.row]!.connected = false;
  }

  private read(): void {
    for (const { seats } of this.live()) {
      for (const { socket } of seats) if (this.random.integer(2) === 0) socket.read(1 + this.random.integer(6));
    }
  }

  private release(): void {
    const hunt = this.live().find(({ model, releasedAt }) => model.status === 'ended' && this.now >= releasedAt!);
    if (hunt !== undefined) this.letGo(hunt);
  }

  private letGo(hunt: SimulatedHunt): void {
    for (const seat of [...hunt.seats]) this.cutOff(hunt, seat);
    this.schedule.remove(hunt.slot);
    releaseGame(this.arena, hunt.slot);
    assert(!isCurrentGame(this.arena, hunt.slot, hunt.generation), 'a handle of a game that is gone is stale');
    hunt.slot = -1;
  }

  /** Tells the engine, then the models, then the sockets. */
  private project(hunt: SimulatedHunt, event: GameEvent, wanted: number = PROJECT_APPLIED): void {
    this.position += 1 + this.random.integer(3);
    const envelope: EventEnvelope = {
      revision: BigInt(hunt.log.length),
      position: BigInt(this.position),
      created: this.now,
      metadata: this.random.integer(2) === 0 ? {} : { sentAt: this.now - 3 },
    };
    const { gameId } = hunt.model.created;
    const result = projectEvent(this.arena, gameId, event, envelope);
    assert(result === wanted, `an event is taken as it should be: ${wanted}, not ${result}`);
    if (result !== PROJECT_APPLIED) return;
    hunt.apply(event, envelope);
    if (event.type === 'GameEnded') hunt.releasedAt = this.now + LINGER_MS;
    this.fanOut.context.now = this.now;
    const { applied } = this.arena;
    if (event.type === 'GameCreated') return;
    if (!this.fanOut.event(applied, hunt.seats)) for (const seat of [...hunt.seats]) this.cutOff(hunt, seat);
    const seat = event.type === 'WaypointReached' && hunt.seats.find(({ player }) => player === applied.player);
    if (seat && seat.row !== null && !this.fanOut.reveals(seat)) this.cutOff(hunt, seat);
  }

  private live(): SimulatedHunt[] {
    return this.hunts.filter((hunt) => hunt.isLive);
  }

  private someLive(): SimulatedHunt | undefined {
    const live = this.live();
    return live.length === 0 ? undefined : this.random.pick(live);
  }
}
