import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath, findChromium } from './chromium.ts';

describe('the browser for tests', () => {
  it('is found on the PATH, when it is a program', () => {
    const dir = mkdtempSync(join(tmpdir(), 'waymark-path-'));
    try {
      writeFileSync(join(dir, 'chromium'), '', { mode: 0o600 });
      writeFileSync(join(dir, 'google-chrome'), '', { mode: 0o700 });
      expect(findChromium(`/nowhere:${dir}`)).toBe(join(dir, 'google-chrome'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('that CHROME_PATH names and is not there is an error, never another one', () => {
    const before = process.env['CHROME_PATH'];
    process.env['CHROME_PATH'] = '/nowhere/chrome';
    try {
      expect(() => chromiumPath()).toThrow('CHROME_PATH is /nowhere/chrome, which is no program');
    } finally {
      if (before === undefined) delete process.env['CHROME_PATH'];
      else process.env['CHROME_PATH'] = before;
    }
  });
});
