import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Receipt } from '../receipt/receipt.ts';
import { GateProcess } from '../testing/gate-process.ts';

/** What goes wrong in the middle of a run, end to end: ERROR with one clear sentence, never green. */
let dir: string;
let out: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-gate-'));
  out = join(dir, 'out');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const SHORT = ['--scenario', 'smoke', '--seconds', '5'];

it('k6 killed in the middle of a run is an ERROR that says so', async () => {
  const gate = new GateProcess([...SHORT, '--out', out]);
  await gate.reaches('measuring');
  const k6 = gate.family().find(({ command }) => command.includes('--console-output'));
  process.kill(k6!.pid, 'SIGKILL');
  expect(await gate.ended).toBe(1);
  expect(gate.said).toContain('k6 ended by SIGKILL before it had measured');
  expectError(/^k6 ended by SIGKILL before it had measured/);
}, 180_000);

describe('a disk that is full', () => {
  let disk: string;
  let mounted: boolean;
  beforeEach(() => {
    disk = join(dir, 'disk');
    mkdirSync(disk);
    mounted = asRoot('mount', '-t', 'tmpfs', '-o', 'size=80m,mode=1777', 'tmpfs', disk);
  });
  afterEach(() => {
    if (mounted) asRoot('umount', '-l', disk);
  });

  it('in the middle of a run, or too small for one, is an ERROR that says so', async () => {
    if (!mounted) {
      await expectNeverGreenWithShortFiles();
      return;
    }
    const gate = new GateProcess([...SHORT, '--out', out], { TMPDIR: disk });
    await gate.reaches('measuring');
    const filler = fill(join(disk, 'filler'));
    expect(await gate.ended).toBe(1);
    expect(gate.said).toMatch(/the disk that holds \S+ is full/);
    expectError(/^the disk that holds \S+ is full/);

    rmSync(filler);
    fill(filler, 40 * 1024 * 1024);
    const second = new GateProcess([...SHORT, '--out', out], { TMPDIR: disk });
    expect(await second.ended).toBe(1);
    expectError(/^the disk that holds \S+ has \d+ MB left, and a run needs 64 at least/);
  }, 180_000);
});

/** Where nobody may mount: no file of the run may grow over half a megabyte, the log first of all. */
async function expectNeverGreenWithShortFiles(): Promise<void> {
  const gate = new GateProcess([...SHORT, '--out', out], {}, { fileBlocksMax: 1_024 });
  expect(await gate.ended).not.toBe(0);
  if (existsSync(join(out, 'receipt.json'))) expect(receipt().verdict.outcome).not.toBe('PASS');
}

function expectError(reason: RegExp): void {
  const { evidence, verdict } = receipt();
  expect(verdict).toMatchObject({ outcome: 'ERROR', exitCode: 1 });
  expect(verdict.reasons[0]).toMatch(reason);
  expect(verdict.reasons).toHaveLength(1);
  expect(evidence).toBeNull();
  expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toContain('<error type="ERROR"');
}

function receipt(): Receipt {
  return JSON.parse(readFileSync(join(out, 'receipt.json'), 'utf8')) as Receipt;
}

/** As root, or by a sudo that asks for nothing. */
function asRoot(...command: readonly string[]): boolean {
  const [program, ...args] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  return spawnSync(program!, args).status === 0;
}

/** Until the disk takes no more, or so many bytes. */
function fill(path: string, bytes = Number.POSITIVE_INFINITY): string {
  const file = openSync(path, 'w');
  // Smaller at the end, so that nothing is left.
  for (const [size, until] of [
    [1024 * 1024, bytes],
    [4_096, bytes === Number.POSITIVE_INFINITY ? bytes : 0],
  ] as const) {
    try {
      for (let written = 0; written < until; written += size) writeSync(file, Buffer.alloc(size));
    } catch {
      // It is full.
    }
  }
  closeSync(file);
  return path;
}
