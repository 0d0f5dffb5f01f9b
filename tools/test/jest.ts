/**
 * Runs jest over the sources for the tiers named, on the Node that this runs on.
 *
 *   node tools/test/jest.ts spec,contract,fuzz [jest arguments]
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const QUICK = ['spec', 'contract', 'fuzz'];
const CACHE = 'node_modules/.cache/node';

const [tiers = QUICK.join(','), ...rest] = process.argv.slice(2);
/**
 * The stores of the quick tests start some 500 threads: Node keeps what it has made of their sources, by content (a third of the time of that suite).
 * Not for tests of processes that are measured, or that may write no file.
 */
const cache = tiers.split(',').every((tier) => QUICK.includes(tier)) ? { NODE_COMPILE_CACHE: resolve(CACHE) } : {};
// Not waited for with a blocked event loop: whoever started this one may end, and this one with it (ends-with-parent.ts).
const jest = spawn(
  process.execPath,
  // Jest's ES modules need the flag; its warning about them would stand in every output.
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...rest],
  // Colours would stand in what the tests read: under CI=true they are on without a terminal. FORCE_COLOR=0 keeps jest from turning them on for its workers.
  { stdio: 'inherit', env: { ...process.env, ...cache, WAYMARK_TIER: tiers, NO_COLOR: '1', FORCE_COLOR: '0' } },
);
jest.once('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
jest.once('exit', (code) => (process.exitCode = code ?? 1));
