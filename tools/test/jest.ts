/**
 * Runs jest over the sources for the tiers named, on the Node that this runs on.
 *
 *   node tools/test/jest.ts spec,contract,fuzz [jest arguments]
 */
import { spawn } from 'node:child_process';

const [tiers = 'spec,contract,fuzz', ...rest] = process.argv.slice(2);
// Not waited for with a blocked event loop: whoever started this one may end, and this one with it (ends-with-parent.ts).
const jest = spawn(
  process.execPath,
  // Jest's ES modules need the flag; its warning about them would stand in every output.
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...rest],
  // Colours would stand in what the tests read: under CI=true they are on without a terminal. FORCE_COLOR=0 keeps jest from turning them on for its workers.
  { stdio: 'inherit', env: { ...process.env, WAYMARK_TIER: tiers, NO_COLOR: '1', FORCE_COLOR: '0' } },
);
jest.once('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
jest.once('exit', (code) => (process.exitCode = code ?? 1));
