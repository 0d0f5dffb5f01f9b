import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuthorClient } from '@waymark/client';
import { appEnvironment, Apps } from './apps.ts';
import { CommandStream, ROAD } from './command-stream.ts';
import { ask, until } from './http.ts';
import { foldScores, readLog } from './log.ts';

/** A backup is taken by the built program while commands flow, as docs/operations.md says, and both apps start on it. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROUND_DEADLINE_MS = 90_000;

describe('a backup of the data directory', () => {
  let apps: Apps;
  let elsewhere: string;
  let stream: CommandStream;

  const backUp = (args: readonly string[], settings: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> =>
    spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', 'apps/command/dist/backup/main.js', ...args],
      {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...appEnvironment(apps.ports, apps.dataDir), ...settings },
      },
    );

  beforeAll(async () => {
    elsewhere = mkdtempSync(join(tmpdir(), 'waymark-backup-'));
    apps = await Apps.start();
    const author = new AuthorClient({ commandUrl: apps.commandUrl, token: apps.token });
    const { questId } = await author.draft(ROAD);
    await author.publish(questId);
    stream = new CommandStream(apps);
    await stream.begin(questId);
  }, 60_000);
  afterAll(async () => {
    await stream.close();
    await apps.dispose();
    rmSync(elsewhere, { recursive: true, force: true });
  });

  it(
    'starts, is the beginning of the log, equals its fold, and players and their tokens go on with it',
    async () => {
      const answered = (count: number): Promise<void> =>
        until(
          () => stream.ledger.acknowledged.length >= count,
          () => `${stream.ledger.acknowledged.length} of ${count} answers`,
        );
      await answered(200);
      const backup = join(elsewhere, 'nightly');
      const { status, stderr, stdout } = backUp([backup]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      await answered(stream.ledger.acknowledged.length + 200);
      await stream.stop();
      expect(stream.refusals).toEqual([]);
      const whole = await readLog(apps.dataDir);

      expect(readdirSync(elsewhere)).toEqual(['nightly']);
      expect(statSync(backup).mode & 0o777).toBe(0o700);
      const copied = await readLog(backup);
      expect(stdout).toBe(`${copied.length} events of ${apps.dataDir} are in ${backup}\n`);
      expect(copied.length).toBeGreaterThan(200);
      expect(copied.length).toBeLessThan(whole.length);
      expect(copied).toEqual(whole.slice(0, copied.length));

      await Promise.all([apps.command.stop(), apps.gateway.stop()]);
      renameSync(apps.dataDir, join(elsewhere, 'before'));
      expect(backUp([apps.dataDir], { WAYMARK_DATA_DIR: backup })).toMatchObject({ status: 0, stderr: '' });
      await apps.start();
      for (const [game, gameId] of stream.gameIds.entries()) {
        const folded = foldScores(copied, gameId);
        const { body } = await ask(`${apps.readUrl}/games/${gameId}/scores`);
        const told = (body.scores as { playerId: string; score: number; reachedCount: number }[]).map(
          ({ playerId, reachedCount, score }): [string, object] => [playerId, { score, reachedCount }],
        );
        expect(new Map(told)).toEqual(folded);

        // One who holds more than the restored log has: shown what is there now, by a keyframe. The session of before still counts.
        const { client } = stream.players[game]!;
        const { playerId, token } = stream.runners.find(({ gameId: id }) => id === gameId)!;
        const next = folded.get(playerId)!.reachedCount;
        const reach = { waypoint: next, at: [2 * next, 0, 0] };
        const path = `${apps.commandUrl}/games/${gameId}/players/${playerId}/reach`;
        const headers = { 'idempotency-key': `after-${gameId}` };
        expect(await ask(path, { method: 'POST', token, body: reach, headers })).toMatchObject({ status: 200 });
        await until(
          () => client.status.status === 'connected' && client.state.players[0]?.reachedCount === next + 1,
          () => `${client.status.status}; ${JSON.stringify(client.state.players[0])} where ${next + 1} are due`,
          20_000,
        );
      }
    },
    ROUND_DEADLINE_MS,
  );

  it('is refused in one sentence where there is something, nowhere to put it, no log, or another store', () => {
    const to = join(elsewhere, 'weekly');
    const told = (where: string, settings: NodeJS.ProcessEnv, sentence: RegExp): void =>
      expect(backUp([where], settings)).toMatchObject({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(sentence),
      });
    told(elsewhere, {}, /^the backup \S+ is there already; .*\n$/);
    mkdirSync(`${to}.part`);
    told(to, {}, /^the backup \S+weekly\.part is there already; .*\n$/);
    rmSync(`${to}.part`, { recursive: true });
    told(join(elsewhere, 'none', 'below'), {}, /^the backup \S+ could not be made \(.*\)\n$/);
    told(to, { WAYMARK_DATA_DIR: elsewhere }, /^there is no event store at \S+ yet\n$/);
    told(to, { WAYMARK_EVENT_STORE: 'memory' }, /^with WAYMARK_EVENT_STORE=memory there is no log in .*\n$/);
    expect(readdirSync(elsewhere)).not.toEqual(expect.arrayContaining([expect.stringMatching(/weekly|none/)]));
    expect(backUp([])).toMatchObject({ status: 1, stderr: 'one DIRECTORY is wanted, not 0; --help tells more\n' });
    expect(backUp(['--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('To restore') });
  });
});
