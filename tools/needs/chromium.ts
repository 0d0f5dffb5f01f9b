import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

/**
 * The browser in which tests look at pages. It is the system's, not a download of ours: found by CHROME_PATH, on the PATH, or where macOS has
 * it; on Debian and its kin it is installed by apt-get when root runs the tests. Without one the test fails and says what to do.
 */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const MAC_PATHS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** Quiet and alone: no sandbox (tests run as root in containers), nothing fetched in the background. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** With a profile of its own that goes when it is closed. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: FLAGS, headless: true });
}

/** Throws an Error that says how to get one. */
export function chromiumPath(): string {
  const asked = process.env['CHROME_PATH'];
  if (asked !== undefined) {
    if (isProgram(asked)) return asked;
    throw new Error(`CHROME_PATH is ${asked}, which is no program`);
  }
  const found = findChromium();
  if (found !== undefined) return found;
  const why = install();
  const installed = findChromium();
  if (installed !== undefined) return installed;
  throw new Error(
    `No Chromium: none of ${NAMES.join(', ')} is on the PATH, and ${why}. ` +
      'Install it (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium), or set CHROME_PATH to a Chromium or Chrome.',
  );
}

export function findChromium(path = process.env['PATH'] ?? ''): string | undefined {
  const onPath = path.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...(process.platform === 'darwin' ? MAC_PATHS : [])].find(isProgram);
}

/** Why it could not be installed; of no meaning when it was. */
function install(): string {
  if (process.platform !== 'linux') return 'it is not installed by itself on this system';
  if (process.getuid?.() !== 0) return 'only root can install it';
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium'],
  ]) {
    const { error, status, stderr } = spawnSync('apt-get', args, {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (error !== undefined) return `apt-get is not there (${error.message})`;
    if (status !== 0) return `apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1) ?? ''}`;
  }
  return 'apt-get installed none';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
