import { HuntClient, type Drop } from '@waymark/client';
import type { Deployment } from './deployment.ts';
import { WAYPOINT_GAP_M } from './writers.ts';

/**
 * People who look on while things break, by the SDK as anybody uses it: a spectator of each lasting game at each gateway, and at each gateway one player
 * who walks down the road, for whom the gateway makes the reaches. Each keeps what it was told.
 */
export interface Watcher {
  readonly name: string;
  readonly gameId: string;
  readonly client: HuntClient;
  /** Revisions of event frames, in the order in which they came. null: from here on the stream begins anew, as the protocol allows. */
  readonly told: (number | null)[];
  readonly drops: Drop[];
  readonly ends: string[];
  resumes: number;
}

/** Of players that walk: their commands are the gateway's and the SDK's, and not in the ledger. */
export const WALKER_PREFIX = 'walker-';
const STEP_MS = 100;
const STEP_M = WAYPOINT_GAP_M / 5;

export class Watchers {
  readonly all: Watcher[] = [];
  private readonly walks: NodeJS.Timeout[] = [];

  async begin(deployment: Deployment, gameIds: readonly string[]): Promise<void> {
    const commandUrl = deployment.linkUrl('clients-command');
    for (const gateway of deployment.gatewayNames) {
      const gatewayUrl = deployment.linkUrl(`clients-${gateway}`).replace('http', 'ws');
      for (const [index, gameId] of gameIds.entries()) {
        const watcher = this.add(
          `spectator ${index} at ${gateway}`,
          gameId,
          new HuntClient({ commandUrl, gatewayUrl }),
        );
        // Rule RS7: a spectator has no session, and begins anew with each connection.
        watcher.client.on('welcome', () => watcher.told.push(null));
        await watcher.client.watch({ gameId });
      }
      const gameId = gameIds[0]!;
      const walker = this.add(`walker at ${gateway}`, gameId, new HuntClient({ commandUrl, gatewayUrl }));
      await walker.client.join({ gameId, playerId: WALKER_PREFIX + gateway, name: 'Who walks' });
      this.walk(walker.client);
    }
  }

  /** Nobody moves any more, so that the log comes to rest. */
  stand(): void {
    for (const timer of this.walks) clearInterval(timer);
  }

  close(): void {
    this.stand();
    for (const { client } of this.all) client.close();
  }

  private add(name: string, gameId: string, client: HuntClient): Watcher {
    const watcher: Watcher = { name, gameId, client, told: [], drops: [], ends: [], resumes: 0 };
    client.on('event', (_event, { revision }) => watcher.told.push(revision));
    client.on('drop', (drop) => watcher.drops.push(drop));
    client.on('close', (code, reason) => watcher.ends.push(`${code} ${reason}`));
    client.on('resume', ({ recovered }) => {
      watcher.resumes += 1;
      // The server says that what was missed cannot be had any more.
      if (!recovered) watcher.told.push(null);
    });
    this.all.push(watcher);
    return watcher;
  }

  /** Steps only while somebody is there to be told: nobody is sent back for having walked too far in a silence. */
  private walk(client: HuntClient): void {
    let x = 0;
    this.walks.push(
      setInterval(() => {
        if (client.move(x, 0, 0) !== null) x += STEP_M;
      }, STEP_MS),
    );
  }
}
