import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import { httpBase, SETTINGS, type Config, type DataDir } from '@waymark/platform';
import type { Ports } from './ports.ts';

/** What is printed once all is up: where to look, and lines that work when they are pasted. */
export interface BannerFacts {
  readonly config: Config;
  readonly ports: Ports;
  readonly dataDir: DataDir;
  readonly secondsToStart: number;
  /** Of a demo game; undefined without a demo. */
  readonly gameId: string | undefined;
}

export function banner({ config, dataDir, gameId, ports, secondsToStart }: BannerFacts): string {
  const api = httpBase(config.commandUrl);
  const gateway = httpBase(config.publicGatewayUrl);
  const admin = new URL(api).hostname;
  const quest = '{"title":"My first hunt","waypoints":[[0,0,0],{"at":[30,40,2],"treasure":true}]}';
  const curl = [
    `curl -sS ${api}/quests -H "Authorization: Bearer $(cat ${shellPath(dataDir.devToken)})"`,
    `-H "Idempotency-Key: ${randomUUID()}" -H "Content-Type: application/json" -d '${quest}'`,
  ].join(' ');
  const watch = [
    ...(gateway === `http://${SETTINGS.host.default}:${SETTINGS.gatewayPort.default}` ? [] : [`--gateway ${gateway}`]),
    ...(gameId === undefined ? [] : [gameId]),
  ];
  return [
    '',
    `Waymark is up after ${secondsToStart.toFixed(1)} s. Ctrl-C stops it.`,
    '',
    `  API for authors and players   ${api}  (described at ${api}/docs)`,
    `  Games, scores and WebSockets  ${gateway}/games  ${config.publicGatewayUrl}/play`,
    `  Metrics and health            http://${admin}:${ports.commandAdminPort}/metrics  http://${admin}:${ports.gatewayAdminPort}/metrics`,
    `  Token of the author "dev"     ${dataDir.devToken}`,
    `  Logs                          ${dataDir.logs}`,
    '',
    '  Draft a quest:',
    `    ${curl}`,
    '',
    gameId === undefined ? '  Watch a game, once there is one:' : '  Watch a game that is being played now:',
    `    npm run watch${watch.length > 0 ? ` -- ${watch.join(' ')}` : ''}`,
    '',
    '  What else there is: README.md, docs/',
    '',
  ].join('\n');
}

/** As it is pasted into a shell in this directory. */
function shellPath(path: string): string {
  const short = relative(process.cwd(), path);
  const shown = short.startsWith('..') ? path : short;
  return /^[\w./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}
