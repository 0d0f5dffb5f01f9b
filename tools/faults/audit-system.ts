import { isDeepStrictEqual } from 'node:util';
import { ask, until } from '../e2e/http.ts';
import type { Deployment } from './deployment.ts';
import type { Finding } from './finding.ts';
import type { FoldedGame } from './folds.ts';
import type { GameRecord } from './game-records.ts';
import type { Entry } from './ledger.ts';
import { sendOnce, type Destination } from './sender.ts';
import type { Watcher } from './watchers.ts';

/** What must be true of a system at rest: every gateway, every watcher, and every answer when it is asked for again. */

/** Reasons for which a client gives a connection up because frames do not follow from each other. */
const BROKEN_STREAM = /missing|backwards|not-synced|unreadable|before the welcome/;
const WATCHER_DEADLINE_MS = 15_000;

/** What each gateway tells of each game, live or ended, against the fold of the log. */
export async function gatewayFaults(
  deployment: Deployment,
  games: readonly FoldedGame[],
  lastPosition: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const gateway of deployment.gatewayNames) {
    const url = deployment.linkUrl(`clients-${gateway}`);
    for (const game of games) {
      const path = `/games/${game.gameId}/scores?atLeast=${lastPosition}`;
      const { body, status } = await ask(url + path);
      const players = status === 200 ? [...body.scores].sort((a, b) => a.row - b.row) : [];
      const told = { gameId: game.gameId, revision: body.revision, status: body.status, players };
      if (isDeepStrictEqual(told, game)) continue;
      const what = `${gateway} tells of ${game.gameId}: ${differenceOf(told, game)}`;
      findings.push({ rule: 'arena-differs', what: status === 200 ? what : `${what} (answered ${status})` });
    }
  }
  return findings;
}

/** What each gateway tells of each game in `GET /games/{id}`, field by field. */
export async function recordFaults(
  deployment: Deployment,
  records: readonly GameRecord[],
  lastPosition: number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const gateway of deployment.gatewayNames) {
    const url = deployment.linkUrl(`clients-${gateway}`);
    for (const record of records) {
      const { body, status } = await ask(`${url}/games/${String(record['gameId'])}?atLeast=${lastPosition}`);
      const { position: _position, ...told } = body as Record<string, unknown>;
      if (status === 200 && isDeepStrictEqual(told, record)) continue;
      const what = `${gateway} answers ${status} ${JSON.stringify(told)}, not ${JSON.stringify(record)}`;
      findings.push({ rule: 'arena-differs', what });
    }
  }
  return findings;
}

/** Nobody missed an event, or was told one twice; and all hold the fold of the log at the end. */
export async function watcherFaults(watchers: readonly Watcher[], games: readonly FoldedGame[]): Promise<Finding[]> {
  const faults = await Promise.all(
    watchers.map((watcher) =>
      faultsOf(
        watcher,
        games.find(({ gameId }) => gameId === watcher.gameId)!,
      ),
    ),
  );
  return faults.flat();
}

async function faultsOf({ client, drops, ends, name, told }: Watcher, game: FoldedGame): Promise<Finding[]> {
  const faults = [...sequenceFaults(told), ...ends.map((end) => `ended: ${end}`)];
  faults.push(...drops.map(({ reason }) => reason).filter((reason) => BROKEN_STREAM.test(reason)));
  const isThere = (): boolean => client.state.synced && client.state.revision === game.revision;
  const state = (): string => `${client.status.status} at revision ${client.state.revision} of ${game.revision}`;
  await until(isThere, state, WATCHER_DEADLINE_MS).catch((error: Error) => faults.push(error.message));
  const held = client.state.players.map(({ name: called, playerId, present, reachedCount, row, score }) => {
    return { playerId, name: called, row, present, score, reachedCount };
  });
  if (!isDeepStrictEqual(held, game.players)) faults.push(differenceOf({ ...game, players: held }, game));
  return faults.map((what) => ({ rule: 'watcher', what: `${name}: ${what}` }));
}

/** A jump is allowed only where the server has said that what was missed cannot be had. */
export function sequenceFaults(told: readonly (number | null)[]): string[] {
  const faults: string[] = [];
  let last: number | null = null;
  let mayJump = true;
  for (const revision of told) {
    if (revision === null) {
      mayJump = true;
      continue;
    }
    const follows = last === null || (mayJump ? revision > last : revision === last + 1);
    if (!follows) faults.push(`was told revision ${revision} after ${last}`);
    last = revision;
    mayJump = false;
  }
  return faults;
}

/** The same key and body again, to the app after the one that answered: the same answer. Whoever calls this looks afterwards whether the log has grown. */
export async function retryFaults(destination: Destination, entries: Iterable<Entry>): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { answered, asked } of entries) {
    if (answered === null || answered.status >= 300) continue;
    const again = await sendOnce(destination, asked, answered.attempts).catch(() => null);
    if (again !== null && again.status === answered.status && isDeepStrictEqual(again.body, answered.body)) continue;
    const first = JSON.stringify({ status: answered.status, body: answered.body });
    const what = `${asked.command} ${asked.key} was answered ${first}, and then ${JSON.stringify(again)}`;
    findings.push({ rule: 'retry-differs', what });
  }
  return findings;
}

function differenceOf(told: FoldedGame, game: FoldedGame): string {
  const rest = ({ players: _players, ...others }: FoldedGame): object => others;
  if (!isDeepStrictEqual(rest(told), rest(game)))
    return `${JSON.stringify(rest(told))}, not ${JSON.stringify(rest(game))}`;
  if (told.players.length !== game.players.length) return `${told.players.length} players of ${game.players.length}`;
  const row = game.players.findIndex((player, index) => !isDeepStrictEqual(player, told.players[index]));
  return `${JSON.stringify(told.players[row])}, not ${JSON.stringify(game.players[row])}`;
}
