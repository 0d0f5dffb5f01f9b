import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateQuest } from './write-quest.ts';

const directory = mkdtempSync(join(tmpdir(), 'waymark-generator-'));
afterAll(() => rmSync(directory, { recursive: true }));

function run(...options: string[]): { status: number | null; stdout: string; stderr: string } {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const { NODE_OPTIONS: _jest, ...env } = process.env;
  return spawnSync(process.execPath, ['--conditions=waymark-source', main, ...options], { encoding: 'utf8', env });
}

describe('the quest generator as a program', () => {
  it('writes the file that is asked for, or to standard output', () => {
    const out = join(directory, 'quest.json');
    expect(run('--seed', '3', '--waypoints', '40', '--out', out)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(out, 'utf8')).toBe(generateQuest(3, 40));
    expect(run('--seed', '3', '--waypoints', '40').stdout).toBe(generateQuest(3, 40));
  });

  it('explains itself', () => {
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--waypoints N') });
  });

  it.each([
    [[], 'say --seed'],
    [['--seed', '1'], 'say --waypoints'],
    [['--seed', '-1', '--waypoints', '5'], '--seed'],
    [['--seed', '4294967296', '--waypoints', '5'], '--seed'],
    [['--seed', '1', '--waypoints', '1'], 'from 2 to 16384, not "1"'],
    [['--seed', '1', '--waypoints', '16385'], 'from 2 to 16384'],
    [['--seed', '1', '--waypoints', '5', '--speed', '3'], "'--speed'"],
    [['--seed', '1', '--waypoints', '5', '--out', join(directory, 'none', 'quest.json')], 'no such file or directory'],
  ])('refuses %j with one sentence', (options, words) => {
    const { status, stdout, stderr } = run(...options);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(join(directory, 'none'))).toBe(false);
  });
});
