import { WINDOW_WAYPOINTS_MAX } from '@waymark/base';
import type { RecordedEvent } from '@waymark/event-store';
import type { Apps } from './apps.ts';
import type { Command } from './command-ledger.ts';
import { pointsOf, type CommandStream } from './command-stream.ts';
import { ask, until } from './http.ts';
import { decoded, foldScores, readLog } from './log.ts';

/** What must hold after a crash, whatever crashed: the log against the ledger, the read API against the log, the clients against the read API. */

/** Reasons for which a client gives a connection up because frames do not follow from each other. */
const BROKEN_STREAM = /missing|backwards|not-synced|unreadable|before the welcome/;
const RETURN_DEADLINE_MS = 15_000;

/** All of it. Nothing may be under way any more. */
export async function compareAll(apps: Apps, stream: CommandStream): Promise<void> {
  expect(stream.refusals).toEqual([]);
  const log = await readLog(apps.dataDir);
  expectDense(log);
  compareWithLog(stream, log);
  await compareScores(apps, stream, log);
  await compareClients(apps, stream);
  expect(apps.errors()).toEqual([]);
}

/** Every acknowledged command is in the log once, with the revision and the position that were answered; and nothing else is in it. */
function compareWithLog({ gameIds, ledger }: CommandStream, log: readonly RecordedEvent[]): void {
  const ofGames = log.filter(({ stream }) => gameIds.some((gameId) => stream === `game-${gameId}`));
  const byKey = new Map<string, RecordedEvent[]>();
  for (const event of ofGames) {
    const { commandId } = event.metadata;
    byKey.set(commandId, [...(byKey.get(commandId) ?? []), event]);
  }
  const told = ({ answer }: Command) => ({ revision: answer!.body.revision, position: answer!.body.position });
  for (const command of ledger.acknowledged) {
    const found = byKey.get(command.key) ?? [];
    expect({ command, count: found.length }).toMatchObject({ count: 1 });
    const { position, revision } = found[0]!;
    const isReach = command.path.endsWith('/reach');
    expect({ revision: Number(revision), position: isReach ? Number(position) : undefined }).toEqual(told(command));
  }
  const sent = new Set(ledger.commands.map(({ key }) => key));
  const strangers = ofGames.filter(
    ({ metadata, type }) => (type === 'WaypointReached' || type === 'PlayerJoined') && !sent.has(metadata.commandId),
  );
  // The players on sockets joined through the SDK, under keys of its own.
  expect(strangers.map((event) => decoded(event).data)).toMatchObject(
    strangers.map(() => ({ playerId: 'p0', row: 0 })),
  );
  expect(strangers).toHaveLength(gameIds.length);
}

function expectDense(log: readonly RecordedEvent[]): void {
  expect(log.filter(({ position }, index) => position !== BigInt(index + 1))).toEqual([]);
  const next = new Map<string, bigint>();
  for (const { revision, stream } of log) {
    const expected = next.get(stream) ?? 0n;
    if (revision !== expected) throw new Error(`${stream} has revision ${revision} where ${expected} is due`);
    next.set(stream, revision + 1n);
  }
}

/** The read API tells what the plainest fold of the log gives, and what the ledger was answered. */
async function compareScores(
  apps: Apps,
  { gameIds, runners }: CommandStream,
  log: readonly RecordedEvent[],
): Promise<void> {
  for (const gameId of gameIds) {
    const { body } = await ask(`${apps.readUrl}/games/${gameId}/scores?atLeast=${log.length}`);
    const told = (body.scores as { playerId: string; score: number; reachedCount: number }[]).map(
      ({ playerId, reachedCount, score }): [string, object] => [playerId, { score, reachedCount }],
    );
    expect(new Map(told)).toEqual(foldScores(log, gameId));
    for (const { next, playerId } of runners.filter((runner) => runner.gameId === gameId)) {
      const score = Array.from({ length: next }, (_, waypoint) => pointsOf(waypoint)).reduce(
        (sum, points) => sum + points,
        0,
      );
      expect({ playerId, ...new Map(told).get(playerId) }).toEqual({ playerId, score, reachedCount: next });
    }
  }
}

/** The clients are back, have missed nothing, and hold what the read API tells. */
async function compareClients(apps: Apps, { gameIds, players, runners }: CommandStream): Promise<void> {
  for (const [game, { client, drops, events, resumes }] of players.entries()) {
    const { body } = await ask(`${apps.readUrl}/games/${gameIds[game]}/scores`);
    await until(
      () => client.status.status === 'connected' && client.state.synced && client.state.revision === body.revision,
      () =>
        `client ${game} is ${client.status.status} at revision ${client.state.revision} of ${body.revision}; ${JSON.stringify(drops)}`,
      RETURN_DEADLINE_MS,
    );
    const held = client.state.players.map(({ name, playerId, present, reachedCount, row, score }) => ({
      playerId,
      name,
      row,
      present,
      score,
      reachedCount,
    }));
    const told = (body.scores as { row: number }[]).toSorted((a, b) => a.row - b.row);
    expect(held).toEqual(told);
    const { next } = runners.find(({ gameId, playerId }) => gameId === gameIds[game] && playerId === 'p0')!;
    expect([...client.state.window.keys()]).toEqual(Array.from({ length: WINDOW_WAYPOINTS_MAX }, (_, i) => next + i));
    const revisions = events.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.map((_, index) => revisions[0]! + index));
    expect(resumes.length).toBeGreaterThan(0);
    expect(resumes.filter(({ recovered }) => !recovered)).toEqual([]);
    expect(drops.filter(({ reason }) => BROKEN_STREAM.test(reason))).toEqual([]);
  }
}
