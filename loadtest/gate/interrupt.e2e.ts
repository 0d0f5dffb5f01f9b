import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthorClient } from '@waymark/client';
import { buildApps } from '../../tools/e2e/apps.ts';
import { startApps, type AppsUnderTest } from '../companion/apps-under-test.ts';
import { questDocument, walkOf } from '../companion/games.ts';
import { GateProcess, untilGone } from '../testing/gate-process.ts';
import { deploymentTarget } from './target.ts';

/** Ctrl-C at any point: one sentence, exit code 130, nothing left running, nothing that looks like a verdict. And what a run leaves in a deployment: nothing live. */
const AGAIN_MS = 20;

let dir: string;
let out: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-gate-'));
  out = join(dir, 'out');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a gate that is interrupted', () => {
  it.each(['looking at the machine', 'making quests', 'measuring', 'asking the read API'])(
    'while it is %s leaves no verdict and no process',
    async (phase) => {
      mkdirSync(out);
      writeFileSync(join(out, 'junit.xml'), 'of yesterday, green');
      const gate = new GateProcess(['--scenario', 'smoke', '--seconds', '5', '--out', out]);
      await gate.reaches(phase);
      const family = gate.family().map(({ pid }) => pid);
      gate.signal('SIGINT');
      // npm passes a terminal's Ctrl-C on once more, and people press it again.
      const again = setInterval(() => gate.signal('SIGINT'), AGAIN_MS);
      expect(await gate.ended.finally(() => clearInterval(again))).toBe(130);
      expect(gate.said).toMatch(/^interrupted: no verdict$/m);
      expect(gate.said).not.toMatch(/ERROR|PASS|FAIL/);
      expect(readdirSync(out)).toEqual([]);
      await untilGone(family);
    },
    180_000,
  );

  it('and killed outright takes its apps and instruments with it', async () => {
    // What it could not clear up goes with the test's own folder.
    const gate = new GateProcess(['--scenario', 'smoke', '--out', out], { TMPDIR: dir });
    await gate.reaches('warming up');
    const family = gate.family();
    for (const part of ['--console-output', 'companion', 'witness', 'apps/command', 'apps/tick-gateway']) {
      expect(family.map(({ command }) => command)).toContainEqual(expect.stringContaining(part));
    }
    gate.signal('SIGKILL');
    await gate.ended;
    await untilGone(family.map(({ pid }) => pid));
  }, 180_000);

  it('while it builds the apps has no failed build, but an interruption', async () => {
    const gate = new GateProcess(['--scenario', 'smoke', '--out', out]);
    // The signal comes while the first child runs, which is the build.
    while (gate.family().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const family = gate.family();
    gate.signal('SIGINT');
    expect(await gate.ended).toBe(130);
    expect(gate.said).toBe('interrupted: no verdict\n');
    expect(existsSync(out)).toBe(false);
    await untilGone(family.map(({ pid }) => pid));
  }, 60_000);
});

describe('a deployment that is measured', () => {
  let apps: AppsUnderTest;
  beforeAll(() => buildApps(), 60_000);
  beforeEach(async () => {
    apps = await startApps();
  }, 60_000);
  afterEach(() => apps.stop());

  it("has no game of the run's live afterwards, and every other", async () => {
    const author = new AuthorClient(apps);
    const { questId } = await author.draft(questDocument(walkOf(0, 3), "Somebody else's"));
    await author.publish(questId);
    const game = (): Promise<{ gameId: string }> => author.createGame({ questId, open: true });
    await game();
    const complaints: string[] = [];
    const target = await deploymentTarget(apps.commandUrl, apps.token, (sentence) => complaints.push(sentence));
    const [first, second] = [await game(), await game()];
    for (const { gameId } of [first, second]) target.gameMade(gameId);
    await author.start(first.gameId);
    await author.end(second.gameId);
    expect(await liveGames()).toBe(3);
    await target.stop();
    await target.stop();
    expect(await liveGames()).toBe(1);
    expect(complaints).toEqual([]);
  }, 60_000);

  it('is told when games could not be ended', async () => {
    const complaints: string[] = [];
    const target = await deploymentTarget(apps.commandUrl, apps.token, (sentence) => complaints.push(sentence));
    apps.command.kill('SIGKILL');
    await apps.command.ended;
    await target.stop();
    expect(complaints).toEqual([expect.stringMatching(/: 1 game of this run could not be ended: /)]);
  }, 60_000);

  it('has none live after an interruption either', async () => {
    const token = join(dir, 'token');
    writeFileSync(token, apps.token);
    const flags = ['--target', apps.commandUrl, '--token-file', token, '--scenario', 'smoke', '--out', out];
    const gate = new GateProcess(flags);
    await gate.reaches('measuring');
    expect(await liveGames()).toBe(201);
    gate.signal('SIGTERM');
    expect(await gate.ended).toBe(130);
    expect(gate.said).toMatch(/^interrupted: no verdict$/m);
    expect(await liveGames()).toBe(0);
  }, 180_000);

  async function liveGames(): Promise<number> {
    const answer = await fetch(`${apps.commandAdminUrl}/metrics`);
    return Number(/^waymark_games_live(?:\{[^}]*\})? (\d+)$/m.exec(await answer.text())?.[1]);
  }
});
