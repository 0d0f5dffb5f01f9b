import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { Command } from 'ioredis';
import { fail } from '@waymark/testing';
import { AppendCommand } from './append-command.ts';

/**
 * Run as a process of its own with --expose-gc. Commands that are made, answered and forgotten may not fill the old generation. With ioredis' own they
 * do, which shows that this check sees it. Without the optimising compilers, which hide the habit of V8 that is meant: in an app with much else to do
 * it lasts for minutes.
 */
for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag);

/** So few that no major collection comes in between. */
const COMMANDS = 5_000;
const COMMANDS_A_COLLECTION = 500;
/** At most; measured 0.02 with AppendCommand and 3.6 with ioredis' own. */
const OLD_MB_MAX = 0.5;
const ARGS = ['sha', '1', 'key', '1-0', 'MINID', '0-0', '2-0', 'an event'];
const ANSWER = Buffer.from('2-0');

const own = await oldMbOf(() => new AppendCommand(ARGS));
const theirs = await oldMbOf(() => new Command('evalsha', ARGS));
process.stdout.write(
  `${COMMANDS} commands of the relay left ${own.toFixed(2)} MB in the old generation (limit ${OLD_MB_MAX}), of ioredis ${theirs.toFixed(2)}\n`,
);
if (own > OLD_MB_MAX) fail('commands of the relay fill the old generation');
if (theirs < OLD_MB_MAX) fail("ioredis' own commands were not noticed, so the check proves nothing");

/** By which the old generation grew. */
async function oldMbOf(make: () => Command): Promise<number> {
  const collect = (globalThis as { gc?: (options?: { type: 'minor' }) => void }).gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  collect();
  const before = oldBytes();
  for (let round = 0; round < COMMANDS; round++) {
    const command = make();
    command.resolve(ANSWER);
    if (round % COMMANDS_A_COLLECTION > 0) continue;
    await new Promise((resolve) => setImmediate(resolve));
    // What outlives two of them is old.
    collect({ type: 'minor' });
    collect({ type: 'minor' });
  }
  return (oldBytes() - before) / 1e6;
}

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size;
}
