import type { WelcomeMessage } from './control-messages.ts';
import type { EventFrame, Frame, KeyframeFrame, PlayerRecord, RevealFrame, WaypointRecord } from './frames.ts';
import type { GameStatusName } from './frame-layout.ts';

/**
 * What a client knows of its game, as the fold of what it was sent: a welcome, then frames. The fold is deterministic and has no other
 * effect than on the state that it is given, whose objects it updates in place (a client holds one for years of frames).
 * It also proves continuity: a frame that does not follow from the ones before it is not applied, and the outcome says why. A client
 * then reconnects and resumes (rule FR8).
 */
export interface HuntState {
  /** The player's own row; null for a spectator. */
  row: number | null;
  /** A keyframe has come since the last welcome. */
  synced: boolean;
  status: GameStatusName;
  tick: number;
  /** Of the game's stream; -1 before the first frame. */
  revision: number;
  /** Of the latest shared frame. */
  sequence: number;
  /** Epoch ms. */
  startedAt: number | null;
  endsAt: number | null;
  order: WelcomeMessage['order'];
  waypointCount: number;
  /** By row; every row that ever joined. */
  readonly players: PlayerState[];
  /** The waypoints revealed to this player and not reached, by index. */
  readonly window: Map<number, WindowWaypoint>;
  /** Sequence of the latest state frame, and the events since: what the next state frame is checked against. */
  stateSequence: number;
  eventsSinceState: number;
}

export interface PlayerState extends PlayerRecord {
  playerId: string;
  name: string;
}

export interface WindowWaypoint extends WaypointRecord {
  /** Empty where there is none or the rules do not reveal it yet. */
  clue: string;
}

/**
 * `applied`; or why not: `not-synced`, a frame that needs a keyframe first; `event-missing`, the revision shows that an event was lost;
 * `frame-missing`, the sequence shows that more frames are missing than the server says it left out; `backwards`, older than the state.
 */
export type FrameOutcome = 'applied' | 'not-synced' | 'event-missing' | 'frame-missing' | 'backwards';

export function createHuntState(): HuntState {
  return {
    row: null,
    synced: false,
    status: 'scheduled',
    tick: 0,
    revision: -1,
    sequence: 0,
    startedAt: null,
    endsAt: null,
    order: 'sequential',
    waypointCount: 0,
    players: [],
    window: new Map(),
    stateSequence: 0,
    eventsSinceState: 0,
  };
}

/** Opens a connection: keeps what is held when the server says that it goes on from there, and forgets it otherwise. */
export function applyWelcome(state: HuntState, welcome: WelcomeMessage): void {
  const continues = welcome.resumed !== null && welcome.resumed.recovered;
  if (!continues) {
    state.revision = -1;
    state.players.length = 0;
    state.window.clear();
  }
  state.synced = false;
  state.row = welcome.row;
  state.status = welcome.status;
  state.startedAt = welcome.startedAt;
  state.endsAt = welcome.endsAt;
  state.order = welcome.order;
  state.waypointCount = welcome.waypointCount;
  state.tick = welcome.tick;
  for (const entry of welcome.roster) {
    const player = playerAt(state, entry.row);
    player.playerId = entry.playerId;
    player.name = entry.name;
    player.present = entry.present;
  }
}

/** Applies one frame, or says why it does not follow from the state. A frame that is not applied leaves the state as it was. */
export function applyFrame(state: HuntState, frame: Frame): FrameOutcome {
  switch (frame.kind) {
    case 'keyframe':
      return applyKeyframe(state, frame);
    case 'delta': {
      if (!state.synced) return 'not-synced';
      const { header } = frame;
      if (header.revision !== state.revision) return header.revision > state.revision ? 'event-missing' : 'backwards';
      if (header.sequence <= state.sequence) return 'backwards';
      if (framesMissing(state, header.sequence) > 0) return 'frame-missing';
      for (const record of frame.players) copyRecord(playerAt(state, record.row), record);
      noteStateFrame(state, frame.header.sequence, frame.header.tick);
      state.status = header.status;
      return 'applied';
    }
    case 'event':
      return applyEvent(state, frame);
    case 'reveal':
      return applyReveal(state, frame);
  }
}

function applyKeyframe(state: HuntState, frame: KeyframeFrame): FrameOutcome {
  const { header, game } = frame;
  if (!frame.notRecovered && state.revision >= 0) {
    if (header.revision > state.revision) return 'event-missing';
    if (header.revision < state.revision) return 'backwards';
  }
  if (state.synced) {
    if (header.sequence < state.sequence) return 'backwards';
    if (framesMissing(state, header.sequence) > header.skipped) return 'frame-missing';
  }
  state.synced = true;
  state.revision = header.revision;
  state.status = header.status;
  state.startedAt = game.startedAt;
  state.endsAt = game.endsAt;
  state.waypointCount = game.waypointCount;
  for (const record of frame.players) copyRecord(playerAt(state, record.row), record);
  if (game.windowRow !== null && game.windowRow === state.row) replaceWindow(state.window, frame.window);
  noteStateFrame(state, header.sequence, header.tick);
  return 'applied';
}

function applyEvent(state: HuntState, frame: EventFrame): FrameOutcome {
  const { header, event } = frame;
  if (state.revision < 0) return 'not-synced';
  if (header.revision <= state.revision) return 'backwards';
  if (header.revision > state.revision + 1) return 'event-missing';
  // Replayed events, before the keyframe of a resume, are outside the sequence.
  if (state.synced) {
    if (header.sequence <= state.sequence) return 'backwards';
    state.sequence = header.sequence;
    state.eventsSinceState += 1;
  }
  state.revision = header.revision;
  const player = event.row === null ? null : playerAt(state, event.row);
  switch (event.type) {
    case 'GameStarted':
      state.startedAt = event.at;
      state.endsAt = event.endsAt;
      state.status = 'running';
      break;
    case 'GamePaused':
      state.status = 'paused';
      break;
    case 'GameResumed':
      state.endsAt = event.endsAt;
      state.status = 'running';
      break;
    case 'GameEnded':
      state.status = 'ended';
      break;
    case 'PlayerJoined':
      player!.playerId = event.playerId;
      player!.name = event.name;
      player!.present = true;
      break;
    case 'PlayerLeft':
      player!.present = false;
      player!.connected = false;
      break;
    case 'WaypointReached':
      player!.score = event.score;
      player!.reachedCount += 1;
      // In free order the lowest not reached is the next state frame's to say: a client does not hold what others have reached.
      if (state.order === 'sequential') player!.nextWaypoint = waypointAfter(event.waypoint!, state.waypointCount);
      if (event.row === state.row) state.window.delete(event.waypoint!);
      break;
    case 'GameCreated':
      break;
  }
  return 'applied';
}

function applyReveal(state: HuntState, frame: RevealFrame): FrameOutcome {
  if (!state.synced) return 'not-synced';
  if (frame.header.revision !== state.revision)
    return frame.header.revision > state.revision ? 'event-missing' : 'backwards';
  if (frame.row !== state.row) return 'applied';
  if (frame.reset) state.window.clear();
  for (const entry of frame.entries) state.window.set(entry.index, entry);
  return 'applied';
}

function waypointAfter(waypoint: number, waypointCount: number): number | null {
  return waypoint + 1 < waypointCount ? waypoint + 1 : null;
}

/** State frames that must have been sent between the latest one held and `sequence` and did not come. */
function framesMissing(state: HuntState, sequence: number): number {
  return sequence - state.stateSequence - 1 - state.eventsSinceState;
}

function noteStateFrame(state: HuntState, sequence: number, tick: number): void {
  state.sequence = sequence;
  state.stateSequence = sequence;
  state.eventsSinceState = 0;
  state.tick = tick;
}

/**
 * A keyframe of the full profile carries places, not clues: those of the indices that stay are kept. It comes every tick and hardly ever
 * changes the window, so what is held is compared and updated, not made anew. Both are in index order.
 */
function replaceWindow(window: Map<number, WindowWaypoint>, records: readonly WaypointRecord[]): void {
  let place = 0;
  for (const index of window.keys()) {
    while (place < records.length && records[place]!.index < index) place += 1;
    if (place === records.length || records[place]!.index !== index) window.delete(index);
  }
  for (const record of records) {
    const held = window.get(record.index);
    if (held === undefined) window.set(record.index, { ...record, clue: '' });
    else copyWaypoint(held, record);
  }
}

function copyWaypoint(into: WindowWaypoint, record: WaypointRecord): void {
  into.x = record.x;
  into.y = record.y;
  into.z = record.z;
  into.radius = record.radius;
  into.points = record.points;
  into.treasure = record.treasure;
}

function playerAt(state: HuntState, row: number): PlayerState {
  while (state.players.length <= row) state.players.push(createPlayer(state.players.length));
  return state.players[row]!;
}

function copyRecord(into: PlayerState, record: PlayerRecord): void {
  into.present = record.present;
  into.connected = record.connected;
  into.placed = record.placed;
  into.x = record.x;
  into.y = record.y;
  into.z = record.z;
  into.score = record.score;
  into.reachedCount = record.reachedCount;
  into.nextWaypoint = record.nextWaypoint;
  into.moveSequence = record.moveSequence;
}

function createPlayer(row: number): PlayerState {
  return {
    row,
    playerId: '',
    name: '',
    present: false,
    connected: false,
    placed: false,
    x: 0,
    y: 0,
    z: 0,
    score: 0,
    reachedCount: 0,
    nextWaypoint: null,
    moveSequence: 0,
  };
}
