import { createHash } from 'node:crypto';
import { GAMES_LIVE_MAX } from '@waymark/base';
import { LRUCache } from 'lru-cache';

/**
 * Which gateways there are, and which of them a player is sent to. The list is what was last heard (redis/redis-directory.ts keeps it up
 * to date): nobody is asked while a player waits. Moves of a player are seen only at the gateway that the player is on, so the players of a
 * game are sent to the same one as long as it is there.
 */
export interface GatewayEntry {
  /** Of the process: a gateway that is started again is another. */
  readonly id: string;
  /** Where players reach it: WAYMARK_PUBLIC_GATEWAY_URL of that gateway. */
  readonly url: string;
  readonly sockets: number;
  readonly draining: boolean;
  readonly version: string;
}

export interface GatewayDirectory {
  /** Those that are alive, and the same array until something else is heard. */
  live(): readonly GatewayEntry[];
}

/**
 * Where the players of a game go when the gateway that they were on goes away: the same for all who ask with the same list (the
 * draining gateway, the command app), and different games go to different gateways (rendezvous hashing).
 */
export function placeOfGame(gameId: string, gateways: readonly GatewayEntry[]): GatewayEntry | null {
  let best: GatewayEntry | null = null;
  let bestWeight = '';
  for (const gateway of gateways) {
    if (gateway.draining) continue;
    const weight = createHash('sha256').update(`${gameId} ${gateway.url}`).digest('hex');
    if (best !== null && weight <= bestWeight) continue;
    best = gateway;
    bestWeight = weight;
  }
  return best;
}

/** For the command app: the address that a join is answered with. */
export class GatewayChoice {
  private readonly directory: GatewayDirectory;
  private readonly fallbackUrl: string;
  /** The gateway of each game that was joined through this process. */
  private readonly placeOf = new LRUCache<string, string>({ max: GAMES_LIVE_MAX });
  private heard: readonly GatewayEntry[] = [];
  /** Games placed since the gateways last said how many sockets they have. */
  private readonly placed = new Map<string, number>();

  /** `fallbackUrl` is told while no gateway is known. */
  constructor(directory: GatewayDirectory, fallbackUrl: string) {
    this.directory = directory;
    this.fallbackUrl = fallbackUrl;
  }

  urlFor(gameId: string): string {
    const live = this.directory.live();
    if (live !== this.heard) {
      this.heard = live;
      this.placed.clear();
    }
    const before = this.placeOf.get(gameId);
    const stays = before === undefined ? undefined : live.find(({ draining, id }) => id === before && !draining);
    const chosen = stays ?? (before === undefined ? this.fewestSockets(live) : placeOfGame(gameId, live));
    if (chosen === null) return this.fallbackUrl;
    if (stays === undefined) {
      this.placeOf.set(gameId, chosen.id);
      this.placed.set(chosen.id, (this.placed.get(chosen.id) ?? 0) + 1);
    }
    return chosen.url;
  }

  private fewestSockets(live: readonly GatewayEntry[]): GatewayEntry | null {
    let best: GatewayEntry | null = null;
    for (const gateway of live) {
      if (gateway.draining) continue;
      if (best === null || this.load(gateway) < this.load(best)) best = gateway;
    }
    return best;
  }

  private load({ id, sockets }: GatewayEntry): number {
    return sockets + (this.placed.get(id) ?? 0);
  }
}
