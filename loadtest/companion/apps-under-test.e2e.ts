import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildApps } from '../../tools/e2e/apps.ts';
import { startApps, usageFromPs, UsageUnreadable } from './apps-under-test.ts';

describe('apps that do not start', () => {
  beforeAll(() => buildApps(), 60_000);

  it('tell why in the sentence, because their log goes with the data directory', async () => {
    const before = leftovers();
    await expect(startApps({ WAYMARK_TICK_MS: 'soon' })).rejects.toThrow(
      /^the command app ended before it was ready; it said: .*WAYMARK_TICK_MS/s,
    );
    expect(leftovers()).toEqual(before);
  }, 90_000);
});

describe('what ps tells of a process', () => {
  const path = process.env['PATH']!;
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'waymark-ps-'));
    process.env['PATH'] = `${directory}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(directory, { recursive: true });
  });

  it('has a decimal point in whatever locale', () => {
    ps('[ "$LC_ALL" = C ] && echo "  1:02.50  2048" || echo "  1:02,50  2048"');
    expect(usageFromPs(process.pid)).toEqual({ cpuSeconds: 62.5, rssBytes: 2048 * 1024 });
  });

  it.each(['1:02,50 2048', '1:02.50', ''])('is no figure but a fault when it reads %j', (line) => {
    ps(`echo "${line}"`);
    expect(() => usageFromPs(process.pid)).toThrow(UsageUnreadable);
  });

  function ps(script: string): void {
    writeFileSync(join(directory, 'ps'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, 'ps'), 0o755);
  }
});

function leftovers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('waymark-load-'));
}
