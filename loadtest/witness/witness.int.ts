import { systemClock } from '@waymark/platform';
import { until } from '@waymark/testing';
import { globSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HandlingDelay } from '../companion/handling-delay.ts';
import { WitnessSockets } from '../companion/player-sockets.ts';
import { InstrumentProcess } from '../run/instrument-process.ts';
import type { FromWitness, WitnessPlan, WitnessWindow } from './main.ts';

const SOCKETS = 6;
const MAIN = new URL('./main.ts', import.meta.url);

describe('the witness as a process', () => {
  let dataDir: string;
  let witness: InstrumentProcess<WitnessPlan | WitnessWindow, FromWitness>;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'waymark-witness-'));
    witness = new InstrumentProcess('witness', MAIN);
    witness.send({ type: 'plan', runId: 'run-w', tickPeriodMs: 150, sockets: SOCKETS, dataDir });
  });
  afterEach(async () => {
    await witness.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('sends frames that a ledger measures like those of games, and says how late its ticks and the disk were', async () => {
    const clock = (): number => systemClock.now();
    const { url } = await witness.expect('listening', 10_000);
    const sockets = new WitnessSockets({
      server: url,
      clock,
      delay: new HandlingDelay(clock),
      players: Array.from({ length: SOCKETS }, (_, player) => ({ player, gameId: 'witness' })),
    });
    await sockets.connect();
    const fromMs = clock() + 400;
    const untilMs = fromMs + 2_000;
    sockets.openWindow({ fromMs, untilMs, tickPeriodMs: 150, tickBudgetMs: 1_000 });
    witness.send({ type: 'window', fromMs, untilMs });
    const { measurement } = await witness.expect('done', 20_000);
    const { players, faults } = sockets.finish();
    sockets.close();

    expect(faults).toEqual([]);
    for (const player of players) {
      expect(player.framesReceived).toBe(player.framesDue);
      expect(player.framesDue).toBeGreaterThanOrEqual(13);
      expect(player.minMs).toBeGreaterThanOrEqual(0);
    }
    expect(measurement).toMatchObject({ runId: 'run-w', windowFromMs: fromMs, windowUntilMs: untilMs });
    expect(measurement.seconds).toHaveLength(2);
    expect(measurement.seconds.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(
      players.reduce((sum, { framesDue }) => sum + framesDue, 0),
    );
    for (const second of measurement.seconds) {
      expect(second.syncs).toBeGreaterThan(0);
      expect(second.syncMaxMs).toBeGreaterThan(0);
    }
  });

  it('writes in place and, as the log of a store, at the end of a file that grows', async () => {
    await witness.expect('listening', 10_000);
    const sizes = (name: string): number[] =>
      globSync(join(dataDir, '.witness-*', name)).map((file) => statSync(file).size);
    const grown = await until('it grows', () => (sizes('growing')[0] ?? 0) > 2 * 4_096 && sizes('growing')[0]);
    await until('it goes on', () => sizes('growing')[0]! > grown);
    expect(sizes('blocks')).toEqual([256 * 4_096]);
  });

  it('takes its file away when it is stopped', async () => {
    await witness.expect('listening', 10_000);
    const deadline = performance.now() + 10_000;
    while (readdirSync(dataDir).length === 0 && performance.now() < deadline)
      await new Promise((r) => setTimeout(r, 10));
    expect(readdirSync(dataDir)).toHaveLength(1);
    await witness.stop();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('is told apart in a sentence when it ends before it has measured', async () => {
    await witness.expect('listening', 10_000);
    process.kill(witness.pid, 'SIGKILL');
    await expect(witness.expect('done', 10_000)).rejects.toMatchObject({
      code: 'instrument-ended',
      message: 'the witness did not measure: it ended by SIGKILL before it had measured',
    });
  });
});
