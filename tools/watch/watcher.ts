import { HuntClient } from '@waymark/client';
import { FRAME_KIND } from '@waymark/protocol';
import { eventLine, type GameView } from './view.ts';
import { LagWindow } from './lag-window.ts';

/** Follows one game as a spectator and keeps what is shown of it. Called by main.ts. */
export interface WatcherOptions {
  readonly gatewayUrl: string;
  readonly gameId: string;
  readonly title: string;
  readonly token: string | undefined;
  readonly onEvent: (line: string) => void;
}

const FEED_LINES = 10;

export class Watcher {
  /** Settles when the connection is over for good. */
  readonly over: Promise<{ readonly code: number; readonly reason: string }>;
  private readonly client: HuntClient;
  private readonly options: WatcherOptions;
  private readonly lag = new LagWindow();
  private readonly feed: string[] = [];

  constructor(options: WatcherOptions) {
    this.options = options;
    // A spectator sends no command: the address of the command app is never used.
    this.client = new HuntClient({ commandUrl: options.gatewayUrl, gatewayUrl: options.gatewayUrl });
    this.over = new Promise((resolve) => this.client.once('close', (code, reason) => resolve({ code, reason })));
    this.client.on('frame', ({ kind }, lagMs) => {
      if (kind === FRAME_KIND.keyframe || kind === FRAME_KIND.delta) this.lag.add(performance.now(), lagMs);
    });
    this.client.on('event', (event) => {
      const { name = '' } = event.row === null ? {} : (this.client.state.players[event.row] ?? {});
      const line = eventLine(event, event.name || name);
      this.feed.push(line);
      if (this.feed.length > FEED_LINES) this.feed.shift();
      options.onEvent(line);
    });
  }

  /** Rejects as HuntClient.watch does. */
  async connect(): Promise<void> {
    const { gameId, token } = this.options;
    await this.client.watch({ gameId, ...(token === undefined ? {} : { token }) });
  }

  close(): void {
    this.client.close();
  }

  view(): GameView {
    const { state, status } = this.client;
    return {
      title: this.options.title,
      gameId: this.options.gameId,
      status: state.status,
      connection: status.status,
      now: this.client.serverNow(),
      endsAt: state.endsAt,
      waypointCount: state.waypointCount,
      players: state.players.filter((player) => player !== undefined),
      lag: this.lag.summary(performance.now()),
      feed: this.feed,
    };
  }
}
