import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLineError } from '../../tools/command-line/command-line.ts';
import { outFolder, readFlags } from './flags.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-flags-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function refusal(...args: readonly string[]): string {
  try {
    readFlags(args);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandLineError);
    return (error as Error).message;
  }
  return 'accepted';
}

function tokenFile(text: string): string {
  const file = join(dir, 'token');
  writeFileSync(file, text);
  return file;
}

describe('flags of npm run sla', () => {
  it('have defaults', () => {
    expect(readFlags([])).toMatchObject({ baseline: null, pairs: 5, redis: '', target: null });
    expect(readFlags([])!.scenario.name).toBe('sla');
    expect(readFlags(['-h'])).toBeNull();
  });

  it.each([
    [['--scenario', 'none'], 'there is no scenario none; there are smoke, sla'],
    [['--scenario', 'toString'], 'there is no scenario toString'],
    [['--seconds', '0'], '--seconds 0 is no whole number from 1'],
    [['--seconds', '1e1'], '--seconds 1e1 is no whole number from 1'],
    [['--seconds', '0x10'], '--seconds 0x10 is no whole number from 1'],
    [['--seconds', '99999999'], 'scenario sla: windowMs is 99999999000 and must be between'],
    [['--baseline', 'main', '--pairs', '2'], '--pairs 2 is fewer than baseline.pairsMin of sla.json, 5'],
    [['--pairs', '9'], '--pairs is for --baseline'],
    [['--token-file', 'token'], '--token-file is for --target'],
    [['--redis', 'redis://a', '--baseline', 'main'], '--redis is for the apps that the gate starts'],
    [['--out', ''], '--out is empty'],
    [['--speed', '3'], "Unknown option '--speed'"],
    [['more'], "Unexpected argument 'more'"],
    [['--target', 'here'], '--target here is no http URL'],
    [['--target', 'ftp://here'], '--target ftp://here is no http URL'],
    [['--target', 'http://here'], '--target needs --token-file'],
  ])('%j are refused with a sentence', (flags, sentence) => {
    expect(refusal(...flags)).toContain(sentence);
  });

  it.each([
    ['nothing', ' \n', 'holds no token'],
    ['two lines', 'abc\ndef', 'holds no token'],
    ['a page', '<html>', 'holds no token'],
  ])('refuse a file with %s for a token', (_what, text, sentence) => {
    expect(refusal('--target', 'http://here', '--token-file', tokenFile(text))).toContain(sentence);
  });

  it('refuse a folder for a token, and take a token with the end of its line', () => {
    expect(refusal('--target', 'http://here', '--token-file', dir)).toContain('cannot be read: EISDIR');
    const flags = ['--target', 'http://here/', '--token-file', tokenFile('a-b.c_d.e=\r\n')];
    expect(readFlags(flags)!.target).toEqual({ url: 'http://here', token: 'a-b.c_d.e=' });
  });

  it('that are wrong tell all the same where the reports of an earlier run lie', () => {
    expect(outFolder(['--speed', '3', '--out', dir])).toBe(dir);
    expect(outFolder(['--speed', '3'])).toMatch(/sla-report$/);
    expect(outFolder(['--help', '--out', dir])).toBeNull();
  });
});
