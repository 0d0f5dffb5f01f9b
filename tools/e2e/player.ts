import { setTimeout as sleep } from 'node:timers/promises';
import { HuntClient, type Drop, type JoinRequest } from '@waymark/client';
import type { ErrorMessage, EventPayload, Resumed } from '@waymark/protocol';
import { distance, walk, type Point } from '../demo/walk.ts';
import type { Apps } from './apps.ts';
import { until } from './http.ts';

/** A player of the e2e tests: the SDK as anybody uses it, legs to walk with, and a record of all that it was told. */
export type Told = EventPayload & { readonly revision: number; readonly replayed: boolean };

/** Of maxSpeed: what a player who is not trying to cheat does. */
const PACE = 0.8;
const STEP_MS = 50;
/** A pause of the test process is not walked off in one stride. */
const STEP_SECONDS_MAX = 0.2;

export class Player {
  readonly client: HuntClient;
  /** Every event frame, in the order in which they came. */
  readonly events: Told[] = [];
  readonly errors: ErrorMessage[] = [];
  readonly drops: Drop[] = [];
  readonly resumes: Resumed[] = [];
  /** Frames of every kind. */
  frameCount = 0;
  closed: { readonly code: number; readonly reason: string } | null = null;
  private at: Point | null = null;

  /** With `gatewayUrl` it goes there, whatever the command app says. */
  constructor({ commandUrl }: Pick<Apps, 'commandUrl'>, gatewayUrl?: string) {
    this.client = new HuntClient({ commandUrl, ...(gatewayUrl === undefined ? {} : { gatewayUrl }) });
    this.client.on('frame', () => {
      this.frameCount += 1;
    });
    this.client.on('event', (event, { replayed, revision }) => {
      this.events.push({ ...event, revision, replayed });
    });
    this.client.on('error', (error) => {
      this.errors.push(error);
    });
    this.client.on('drop', (drop) => {
      this.drops.push(drop);
    });
    this.client.on('resume', (resumed) => {
      this.resumes.push(resumed);
    });
    this.client.on('close', (code, reason) => {
      this.closed = { code, reason };
    });
  }

  static async join(apps: Pick<Apps, 'commandUrl'>, request: JoinRequest, gatewayUrl?: string): Promise<Player> {
    const player = new Player(apps, gatewayUrl);
    await player.client.join(request);
    return player;
  }

  private get runs(): boolean {
    return this.client.state.status === 'running';
  }

  get row(): number {
    return this.client.state.row!;
  }

  /**
   * Walks in a straight line, below maxSpeed, until the gateway has taken the last step or the game no longer runs. Where nobody has seen
   * the player yet, it appears there at once (rule MV3).
   */
  async walkTo(goal: Point): Promise<void> {
    const speed = PACE * this.client.greeting!.maxSpeed;
    let steppedAt = performance.now();
    while (this.runs && (this.at === null || distance(this.at, goal) > 0)) {
      const now = performance.now();
      this.at =
        this.at === null ? goal : walk(this.at, goal, speed, Math.min((now - steppedAt) / 1_000, STEP_SECONDS_MAX));
      steppedAt = now;
      this.client.move(...this.at);
      await sleep(STEP_MS);
    }
    const last = this.client.move(...goal);
    await until(
      () => !this.runs || (last !== null && this.client.self!.moveSequence >= last),
      () => `move ${last} is in a frame; the last one there is ${this.client.self!.moveSequence}`,
    );
  }

  /** Settles when an event that `wanted` knows has come. */
  async told(wanted: (event: Told) => boolean, what: string, deadlineMs?: number): Promise<Told> {
    await until(
      () => this.events.some(wanted),
      () => `${what}; came: ${this.events.map(({ type }) => type).join(' ')}`,
      deadlineMs,
    );
    return this.events.find(wanted)!;
  }

  reached(row: number, waypoint: number): Promise<Told> {
    return this.told(
      (event) => event.type === 'WaypointReached' && event.row === row && event.waypoint === waypoint,
      `player ${row} reaches waypoint ${waypoint}`,
    );
  }
}
