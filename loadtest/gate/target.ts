import { tmpdir } from 'node:os';
import { AuthorClient } from '@waymark/client';
import { systemClock } from '@waymark/platform';
import { startApps, type AppsUnderTest } from '../companion/apps-under-test.ts';
import { questDocument, walkOf } from '../companion/games.ts';
import { InstrumentError, sentenceOf } from '../instrument-error.ts';
import type { ProcessEnding } from '../judge/evidence.ts';
import { tooLittleSpace } from './free-space.ts';
import { MadeGames } from './made-games.ts';

/** What is measured: the apps of this checkout on a data directory of their own, or a deployment that runs somewhere. */
export interface Target {
  readonly kind: 'embedded' | 'deployment';
  readonly commandUrl: string;
  /** ws://host:port */
  readonly gatewayUrl: string;
  /** May write quests and operate games. */
  readonly token: string;
  /** Null of a deployment. */
  readonly apps: AppsUnderTest | null;
  /** Told of each game that the run makes, as soon as it is there. */
  readonly gameMade: (gameId: string) => void;
  /** Ends what was started, and the games that were made in a deployment; tells how processes ended. A second time changes nothing. */
  stop(): Promise<readonly ProcessEnding[]>;
}

const PROBE_WITHIN_MS = 10_000;

/** `root`: of the checkout whose built apps are run; this one by default. `gatewayFlags`: of Node, for the gateway alone. */
export async function embeddedTarget(options: {
  readonly root?: string;
  readonly gatewayFlags?: readonly string[];
  /** Of the apps, beside ports and data directory. */
  readonly settings?: NodeJS.ProcessEnv;
}): Promise<Target> {
  const lacking = tooLittleSpace(tmpdir());
  if (lacking !== null) throw new InstrumentError('target-failed', lacking);
  const apps = await startApps(options.settings ?? {}, options);
  const endedAtMs = new Map<string, number>();
  for (const app of [apps.command, apps.gateway]) {
    void app.ended.then(() => endedAtMs.set(app.name, systemClock.now()));
  }
  return {
    kind: 'embedded',
    commandUrl: apps.commandUrl,
    gatewayUrl: apps.gatewayUrl,
    token: apps.token,
    apps,
    // They go with the data directory.
    gameMade: () => undefined,
    async stop() {
      const gone = new Map([apps.command, apps.gateway].map((app) => [app.name, app.exited]));
      await apps.stop();
      return [apps.command, apps.gateway].map(({ ending, name }) => ({
        process: name,
        endedAtMs: endedAtMs.get(name) ?? systemClock.now(),
        asked: gone.get(name) === false,
        ...ending,
      }));
    },
  };
}

/**
 * Makes one game to learn where its players connect. Throws InstrumentError when the target does not do what a command app does. `complain` gets a
 * sentence about games that could not be ended; quests stay, as the log does.
 */
export async function deploymentTarget(
  commandUrl: string,
  token: string,
  complain: (sentence: string) => void = console.error,
): Promise<Target> {
  const author = new AuthorClient({ commandUrl, token });
  const games = new MadeGames(author);
  const stop = async (): Promise<readonly ProcessEnding[]> => {
    const left = await games.end();
    if (left !== null) complain(`${commandUrl}: ${left}`);
    return [];
  };
  try {
    const gatewayUrl = await probe(author, commandUrl, games.add);
    return { kind: 'deployment', commandUrl, gatewayUrl, token, apps: null, gameMade: games.add, stop };
  } catch (error) {
    await stop();
    throw new InstrumentError('target-failed', `${commandUrl} cannot be measured: ${sentenceOf(error)}`, {
      cause: error,
    });
  }
}

async function probe(author: AuthorClient, commandUrl: string, made: (gameId: string) => void): Promise<string> {
  const { questId } = await author.draft(questDocument(walkOf(0, 1), 'Where players connect'));
  await author.publish(questId);
  const { gameId } = await author.createGame({ questId, open: true });
  made(gameId);
  const answer = await fetch(`${commandUrl}/games/${gameId}/players`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"probe"}',
    signal: AbortSignal.timeout(PROBE_WITHIN_MS),
  });
  const { gatewayUrl } = (await answer.json()) as { gatewayUrl?: string };
  if (gatewayUrl === undefined) throw new Error(`joining answered ${answer.status} without a gatewayUrl`);
  if (!URL.canParse(gatewayUrl) || !/^wss?:$/.test(new URL(gatewayUrl).protocol)) {
    throw new Error(`it sends players to ${JSON.stringify(gatewayUrl)}, which is no WebSocket address`);
  }
  return gatewayUrl.replace(/\/+$/, '');
}
