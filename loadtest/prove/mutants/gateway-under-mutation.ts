import type { FanOut } from '../../../apps/tick-gateway/src/hot/fan-out.ts';
import type { FrameTransport } from '../../../apps/tick-gateway/src/hot/frame-transport.ts';

/**
 * How a mutant gets into a gateway: Node loads it before the app (`--import`), it changes methods of the built app's own classes, and begins when the
 * gate's window does (SIGUSR2). So the app that is shipped has no switch for any of this.
 */
const dist = (module: string): string => new URL(`../../../apps/tick-gateway/dist/hot/${module}`, import.meta.url).href;

export const { FanOut: fanOut } = (await import(dist('fan-out.js'))) as {
  readonly FanOut: { readonly prototype: FanOut };
};
export const { FrameTransport: transport } = (await import(dist('frame-transport.js'))) as {
  readonly FrameTransport: { readonly prototype: FrameTransport };
};

export function onWindow(begin: () => void): void {
  process.once('SIGUSR2', begin);
}

/** Whether players are connected to a game, and not only the gateway's own canary. */
export function hasPlayers(of: FanOut, game: number): boolean {
  const socket = of.firstSocket(game);
  return socket !== null && !(socket.owner as unknown as { readonly isCanary: boolean }).isCanary;
}

/** Serves `late` games so many ms after their time; what a frame says of its own time stays. */
export function delayTicks(ms: number, late: (of: FanOut, game: number) => boolean): void {
  const { tickGame } = fanOut.prototype;
  fanOut.prototype.tickGame = function delayed(game, context): void {
    if (!late(this, game)) return tickGame.call(this, game, context);
    const own = { ...context };
    setTimeout(() => tickGame.call(this, game, own), ms);
  };
}
