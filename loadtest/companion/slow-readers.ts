import { SUBPROTOCOL, WATCH_PATH } from '@waymark/protocol';
import { RawSocket } from './raw-socket.ts';

/**
 * Spectators in the full profile that share games with measured players and stop reading. Nothing they do is measured; that nobody else notices
 * is. The kernel takes some frames for them first; past that the gateway leaves frames out and in the end cuts them off (SK1 in docs/protocol.md).
 */
export interface SlowReadersOptions {
  readonly gatewayUrl: string;
  readonly gameIds: readonly string[];
  readonly sockets: number;
  readonly pauseMs: number;
  readonly clock: () => number;
}

export class SlowReaders {
  private readonly options: SlowReadersOptions;
  private readonly sockets: RawSocket[] = [];
  private readonly closedWith: Record<string, number> = {};

  constructor(options: SlowReadersOptions) {
    this.options = options;
  }

  async connect(): Promise<void> {
    const { gatewayUrl, gameIds, sockets, clock } = this.options;
    for (let n = 0; n < sockets; n++) {
      await new Promise<void>((resolve, reject) => {
        const socket = new RawSocket(
          {
            server: gatewayUrl,
            path: `${WATCH_PATH}?game=${gameIds[n % gameIds.length]}&profile=full`,
            subprotocols: [SUBPROTOCOL],
            clock,
          },
          {
            onFrame: () => undefined,
            onText: () => resolve(),
            onClose: (code, reason) => {
              this.closedWith[code] = (this.closedWith[code] ?? 0) + 1;
              // Before its welcome it is no slow reader: without them the scenario would be another. Afterwards nobody waits for this.
              reject(new Error(`slow reader ${n} was closed: ${code} ${reason}`));
            },
          },
        );
        this.sockets.push(socket);
      });
    }
  }

  pause(): void {
    for (const socket of this.sockets) socket.pause();
    setTimeout(() => this.resume(), this.options.pauseMs).unref();
  }

  result(): { sockets: number; closedWith: Readonly<Record<string, number>> } {
    return { sockets: this.sockets.length, closedWith: { ...this.closedWith } };
  }

  close(): void {
    for (const socket of this.sockets) socket.close();
  }

  private resume(): void {
    for (const socket of this.sockets) socket.resume();
  }
}
