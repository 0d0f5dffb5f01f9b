/**
 * Runs jest over the sources for the tiers named, on the Node that this runs on.
 *
 *   node tools/test/jest.ts spec,contract,fuzz [jest arguments]
 */
import { spawnSync } from 'node:child_process';

const [tiers = 'spec,contract,fuzz', ...rest] = process.argv.slice(2);
const { status } = spawnSync(
  process.execPath,
  // Jest's ES modules need the flag; its warning about them would stand in every output.
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', ...rest],
  { stdio: 'inherit', env: { ...process.env, WAYMARK_TIER: tiers } },
);
process.exitCode = status ?? 1;
