import { setTimeout as sleep } from 'node:timers/promises';
import { gameStream, questStream } from '@waymark/domain';
import { SeededRandom } from '@waymark/testing';
import type { Answered } from './ledger.ts';
import type { Sender } from './sender.ts';

/**
 * The stream of commands that faults fall into: an open model, so a command is due at its time whether earlier ones are answered or not. Authors draft and
 * publish quests, games are made, started, paused, resumed and ended, players join, leave, return and reach.
 */
const WAYPOINTS = 600;
export const WAYPOINT_GAP_M = 2;
const PLAYERS_MAX = 60;
/** Commands under way at once; beyond that what is due waits, for the sake of this process' memory. */
const UNDER_WAY_MAX = 400;
/** Games that are there for the whole run, so that watchers have something to watch. */
export const LASTING_GAMES = 3;

const placeOf = (waypoint: number): [number, number, number] => [WAYPOINT_GAP_M * waypoint, 0, 0];
const ROAD = {
  title: 'A straight road',
  order: 'free',
  defaults: { radius: 0.5 },
  limits: { maxPlayers: 64 },
  waypoints: Array.from({ length: WAYPOINTS }, (_, waypoint) => ({
    at: placeOf(waypoint),
    points: 1 + (waypoint % 9),
  })),
};
const SMALL_QUEST = { title: 'Of one place', waypoints: [{ at: [0, 0, 0] }] };

interface Runner {
  readonly playerId: string;
  /** What is reached next: waypoints are reached from the end of the road, watchers walk from its beginning. */
  next: number;
  away: boolean;
  /** Leaves or returns at this moment: who returns before having left is only given a ticket, which is no event. */
  moving: boolean;
}

interface Hunt {
  readonly gameId: string;
  readonly runners: Runner[];
  joins: number;
  steered: boolean;
}

type Act = 'reach' | 'join' | 'leave' | 'return' | 'pause' | 'game' | 'end' | 'quest';
const WEIGHTS: readonly (readonly [Act, number])[] = [
  ['reach', 62],
  ['join', 16],
  ['leave', 4],
  ['return', 5],
  ['pause', 3],
  ['game', 4],
  ['end', 2],
  ['quest', 4],
];
const ACTS: readonly Act[] = WEIGHTS.flatMap(([act, weight]) => Array.from({ length: weight }, () => act));

export class Writers {
  readonly lastingGameIds: string[] = [];
  private readonly sender: Sender;
  private readonly random: SeededRandom;
  private readonly hunts: Hunt[] = [];
  private readonly scripts = new Set<Promise<void>>();
  private questId = '';

  constructor(sender: Sender, seed: number) {
    this.sender = sender;
    this.random = new SeededRandom(seed);
  }

  /** The quest and the games of the whole run. */
  async prepare(): Promise<void> {
    this.questId = await this.quest(ROAD);
    for (let game = 0; game < LASTING_GAMES; game++) {
      const hunt = await this.game();
      if (hunt === null) throw new Error('a game could not be made before the first fault');
      this.lastingGameIds.push(hunt.gameId);
      await this.join(hunt);
    }
  }

  /** So many commands (some make two), spread evenly over the time. Resolves when the last is sent. */
  async stream(count: number, overMs: number, signal: AbortSignal): Promise<void> {
    const beganAt = performance.now();
    for (let sent = 0; sent < count && !signal.aborted; sent++) {
      await sleep(Math.max(0, beganAt + (sent * overMs) / count - performance.now()));
      while (this.sender.underWay >= UNDER_WAY_MAX && !signal.aborted) await sleep(10);
      const script = this.act(this.random.pick(ACTS)).finally(() => this.scripts.delete(script));
      this.scripts.add(script);
    }
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.scripts);
  }

  private async act(act: Act): Promise<void> {
    const hunt = this.random.pick(this.hunts);
    const runner = hunt.runners.length === 0 ? null : this.random.pick(hunt.runners);
    if (act === 'quest') await this.quest(SMALL_QUEST);
    else if (act === 'game') await this.game();
    else if (act === 'pause') await this.pause(hunt);
    else if (act === 'end') await this.end();
    else if (act === 'join' || runner === null) await this.join(hunt);
    else if (act === 'reach') await this.reach(hunt, runner);
    else await this.leaveOrReturn(hunt, runner, act === 'leave');
  }

  private post(command: string, path: string, body: object | null, stream: string | null): Promise<Answered | null> {
    return this.sender.send({ key: this.random.uuid(), command, method: 'POST', path, body, stream });
  }

  private async quest(document: object): Promise<string> {
    const drafted = await this.post('draft', '/quests', document, null);
    const questId = String(drafted?.body['questId'] ?? '');
    if (drafted?.status === 201) await this.post('publish', `/quests/${questId}/publish`, null, questStream(questId));
    return questId;
  }

  private async game(): Promise<Hunt | null> {
    const created = await this.post('create', '/games', { questId: this.questId, open: true }, null);
    if (created?.status !== 201) return null;
    const gameId = String(created.body['gameId']);
    await this.post('start', `/games/${gameId}/start`, null, gameStream(gameId));
    const hunt = { gameId, runners: [], joins: 0, steered: false };
    this.hunts.push(hunt);
    return hunt;
  }

  private async join(hunt: Hunt): Promise<void> {
    if (hunt.joins >= PLAYERS_MAX - LASTING_GAMES * 2) return;
    hunt.joins += 1;
    const body = { name: `Runner ${hunt.joins}` };
    const joined = await this.post('join', `/games/${hunt.gameId}/players`, body, gameStream(hunt.gameId));
    if (joined?.status !== 201) return;
    hunt.runners.push({ playerId: String(joined.body['playerId']), next: WAYPOINTS - 1, away: false, moving: false });
  }

  private async reach({ gameId }: Hunt, runner: Runner): Promise<void> {
    if (runner.next < 0) return;
    const waypoint = runner.next;
    runner.next -= 1;
    const path = `/games/${gameId}/players/${runner.playerId}/reach`;
    await this.post('reach', path, { waypoint, at: placeOf(waypoint) }, gameStream(gameId));
  }

  private async leaveOrReturn({ gameId }: Hunt, runner: Runner, leaves: boolean): Promise<void> {
    if (runner.away === leaves || runner.moving) return;
    runner.moving = true;
    const path = `/games/${gameId}/players`;
    const stream = gameStream(gameId);
    const { playerId } = runner;
    const leaving = { command: 'leave', method: 'DELETE', path: `${path}/${playerId}`, body: null, stream } as const;
    const moved = leaves
      ? await this.sender.send({ key: this.random.uuid(), ...leaving })
      : await this.post('return', path, { playerId, name: 'Back again' }, stream);
    if (moved !== null && moved.status < 300) runner.away = leaves;
    runner.moving = false;
  }

  private async pause(hunt: Hunt): Promise<void> {
    if (hunt.steered) return;
    hunt.steered = true;
    const path = `/games/${hunt.gameId}`;
    await this.post('pause', `${path}/pause`, null, gameStream(hunt.gameId));
    await this.post('resume', `${path}/resume`, null, gameStream(hunt.gameId));
    hunt.steered = false;
  }

  private async end(): Promise<void> {
    if (this.hunts.length <= LASTING_GAMES) return;
    const [{ gameId }] = this.hunts.splice(LASTING_GAMES, 1) as [Hunt];
    await this.post('end', `/games/${gameId}/end`, null, gameStream(gameId));
  }
}
