import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApps } from '../../tools/e2e/apps.ts';
import { startApps, type AppsUnderTest } from '../companion/apps-under-test.ts';
import { SCENARIOS, type Scenario } from '../scenarios.ts';
import { runInstruments, type RunInstrumentsOptions, type RunProgress } from './run-instruments.ts';

/** A scenario that is over in seconds; k6 itself is no part of these tests, because a machine without Go runs them too. */
const SHORT: Scenario = {
  ...SCENARIOS.smoke,
  games: 12,
  waypoints: 60,
  commandsPerSecond: 24,
  k6Sockets: 0,
  warmUpMs: 500,
  windowMs: 2_000,
  witnessSockets: 3,
};

describe('a measuring run', () => {
  let apps: AppsUnderTest;
  let own: string;

  beforeAll(() => buildApps(), 60_000);
  beforeEach(async () => {
    own = mkdtempSync(join(tmpdir(), 'waymark-run-test-'));
    apps = await startApps();
  });
  afterEach(async () => {
    await apps.stop();
    rmSync(own, { recursive: true, force: true });
  });

  it('hands over whole measurements, tells its progress, and leaves no file behind', async () => {
    const told: RunProgress[] = [];
    const before = leftovers();
    const result = await run({ onProgress: (progress) => told.push(progress) });
    const { companion, witness } = result;
    expect(companion.players).toHaveLength(12);
    expect(companion.runId).toBe(result.runId);
    expect(witness.runId).toBe(result.runId);
    for (const player of companion.players) {
      expect(player).toMatchObject({ framesDuplicate: 0, revisionHoles: 0, closedWith: null });
      expect(player.framesReceived).toBe(player.framesDue);
      // Each reach of these quests gives ten points, and every game has had four or five.
      expect(player.finalScore).toBeGreaterThanOrEqual(40);
      expect(player.finalRevision).toBe(2 + player.finalScore! / 10);
    }
    expect(companion.commands).toMatchObject({ intended: 48, answered: 48, failed: 0 });
    expect(companion.seconds.reduce((sum, { events }) => sum + events, 0)).toBe(48);
    expect(companion).toMatchObject({ faultCount: 0, faults: [] });
    expect(companion.witness!.players).toHaveLength(3);
    expect([...new Set(told.map(({ phase }) => phase))]).toEqual([
      'k6',
      'set-up',
      'connecting',
      'warm-up',
      'measuring',
      'collecting',
    ]);
    expect(leftovers()).toEqual(before);
  }, 60_000);

  it('measures a server that is gone halfway: what did not come is late, what was not answered is lost', async () => {
    let stopping: Promise<void> | null = null;
    const { companion } = await run({
      onProgress: ({ phase }) => {
        if (phase === 'measuring') stopping ??= later(800).then(() => apps.gateway.kill('SIGKILL'));
      },
    });
    await stopping;
    for (const player of companion.players) {
      expect(player.framesLate).toBeGreaterThan(0);
      expect(player).toMatchObject({ p99Ms: null, closedWith: 1006 });
    }
    expect(companion.faultCount).toBe(12);
  }, 60_000);

  it('resumes sockets that were cut off, without a gap, and does not hold their absence against anyone', async () => {
    const scenario = { ...SHORT, reconnectStorm: { sockets: 8, afterMs: 500, spreadMs: 200 } };
    const { companion, extras } = await run({ scenario });
    expect(extras.reconnects).toMatchObject({ sockets: 8, recovered: 8 });
    for (const player of companion.players) {
      expect(player).toMatchObject({ revisionHoles: 0, closedWith: null });
      expect(player.framesReceived).toBe(player.framesDue);
    }
    expect(companion.faults).toEqual([]);
  }, 60_000);

  it('holds a return that takes longer than 5 s against the server', async () => {
    let stopped: Promise<void> | null = null;
    const stop = async (): Promise<void> => {
      await later(300);
      apps.gateway.kill('SIGSTOP');
      await later(7_000);
      apps.gateway.kill('SIGCONT');
    };
    const { companion, extras } = await run({
      scenario: { ...SHORT, windowMs: 9_000, reconnectStorm: { sockets: 4, afterMs: 500, spreadMs: 0 } },
      onProgress: ({ phase }) => {
        if (phase === 'measuring') stopped ??= stop();
      },
    });
    await stopped;
    expect(extras.reconnects!.awayMaxMs).toBeGreaterThan(6_000);
    for (const { framesDue, framesReceived } of companion.players.slice(0, 4)) {
      expect(framesDue - framesReceived).toBeGreaterThan(4);
    }
  }, 60_000);

  it('publishes large quests beside the play, which gateways then offer', async () => {
    const scenario = { ...SHORT, publish: { eachMs: 500, waypoints: 8_500 } };
    const { companion, extras } = await run({ scenario });
    expect(companion.commands).toMatchObject({ failed: 0, failures: [] });
    expect(extras.publishLatency.reduce((sum, [, count]) => sum + count, 0)).toBe(4);
    const quests = await fetch(`${apps.gatewayUrl.replace(/^ws/, 'http')}/quests`);
    const offered = ((await quests.json()) as { quests: { title: string }[] }).quests;
    expect(offered.filter(({ title }) => title === 'Published under load')).toHaveLength(4);
  }, 60_000);

  it('ends in one sentence when the server cannot be reached', async () => {
    await expect(run({ commandUrl: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'target-failed',
      message: expect.stringMatching(/^the servers could not be measured: .+/),
    });
  }, 60_000);

  it('ends in one sentence when k6 is killed in the middle', async () => {
    const k6Program = program('sleep 1; kill -9 $$');
    await expect(run({ scenario: { ...SHORT, k6Sockets: 4 }, k6Program })).rejects.toMatchObject({
      code: 'instrument-ended',
      message: 'k6 ended by SIGKILL before it had measured',
    });
  }, 60_000);

  it('ends in one sentence when k6 says that all went well and left nothing', async () => {
    const k6Program = program('exit 0');
    await expect(run({ scenario: { ...SHORT, k6Sockets: 4 }, k6Program })).rejects.toMatchObject({
      code: 'output-unusable',
      message: expect.stringMatching(/^k6 left no output behind/),
    });
  }, 60_000);

  it('ends when it is told to', async () => {
    const aborter = new AbortController();
    const onProgress = ({ phase }: RunProgress): void => {
      if (phase === 'warm-up') aborter.abort(new Error('the user pressed Ctrl-C'));
    };
    await expect(run({ onProgress, signal: aborter.signal })).rejects.toThrow('the user pressed Ctrl-C');
  }, 60_000);

  function run(options: Partial<RunInstrumentsOptions>): ReturnType<typeof runInstruments> {
    return runInstruments({
      scenario: SHORT,
      commandUrl: apps.commandUrl,
      gatewayUrl: apps.gatewayUrl,
      token: apps.token,
      dataDir: apps.dataDir,
      budgets: { tickLagMs: 35, commandLatencyMs: 35 },
      ...options,
    });
  }

  function program(script: string): string {
    const file = join(own, 'k6');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }
});

/** What runs leave in the directory for temporary files. */
function leftovers(): string[] {
  return readdirSync(tmpdir()).filter(
    (name) => name.startsWith('waymark-run-') && !name.startsWith('waymark-run-test-'),
  );
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
