import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    [['--target', 'http://here?x'], '--target is an address and a path'],
    [['--target', 'http://here#x'], '--target is an address and a path'],
    [['--target', 'http://ann:secret@here'], '--target is an address and a path'],
    [['--target', 'http://here'], '--target needs --token-file'],
    [['--target', 'http://here', '--baseline', 'main'], '--target and --baseline exclude each other'],
    [['--redis', 'redis://a', '--target', 'http://here'], '--redis is for the apps that the gate starts'],
    [['--baseline', 'main', '--pairs', '1e3'], '--pairs 1e3 is no whole number from 1'],
    [['--baseline', ''], '--baseline is empty'],
  ])('%j are refused with a sentence', (flags, sentence) => {
    expect(refusal(...flags)).toContain(sentence);
  });

  it('keep a password that was given in an address to themselves', () => {
    expect(refusal('--target', 'http://ann:secret@here')).not.toContain('secret');
  });

  it('take an address with a port and a path, with TLS or without', () => {
    const token = tokenFile('abc');
    const target = (url: string) => readFlags(['--target', url, '--token-file', token])!.target!.url;
    expect(['https://here', 'https://here:8443/way/mark//', 'http://[::1]:1/'].map(target)).toEqual([
      'https://here',
      'https://here:8443/way/mark',
      'http://[::1]:1',
    ]);
  });

  it('ask for as many pairs as sla.json wants at least, or as are asked for', () => {
    const sla = join(dir, 'sla.json');
    const committed = JSON.parse(readFileSync(new URL('../sla.json', import.meta.url), 'utf8')) as { baseline: object };
    writeFileSync(sla, JSON.stringify({ ...committed, baseline: { ...committed.baseline, pairsMin: 9 } }));
    const pairs = (...more: string[]) => readFlags(['--baseline', 'main', '--sla', sla, ...more])!.pairs;
    expect([pairs(), pairs('--pairs', '12')]).toEqual([9, 12]);
    expect(readFlags(['--baseline', 'main', '--pairs', '5'])).toMatchObject({ baseline: 'main', pairs: 5 });
  });

  it('change the length of the window alone, and name the Redis of the apps', () => {
    const { redis, scenario } = readFlags(['--scenario', 'smoke', '--seconds', '7', '--redis', 'redis://a'])!;
    expect(scenario).toMatchObject({ name: 'smoke', windowMs: 7_000, warmUpMs: 5_000 });
    expect(redis).toBe('redis://a');
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
