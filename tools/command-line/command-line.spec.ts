import { answerOfStart, answerOfTest } from '../start/usage.mjs';
import { asksForHelp, CommandLineError, parseCommandLine, wholeNumber } from './command-line.ts';

const OPTIONS = { out: { type: 'string' }, fast: { type: 'boolean', short: 'f' } } as const;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(CommandLineError);
    return (error as Error).message;
  }
  return 'accepted';
}

describe('a command line', () => {
  it.each([
    [['--help'], true],
    [['-h'], true],
    [['-fh'], true],
    [['--speed', '3', 'more', '--help'], true],
    [['--out', 'help'], false],
    // Behind this all is an argument.
    [['--', '--help'], false],
    [[], false],
  ])('%j asks for help: %j', (args, asks) => {
    expect(asksForHelp(args, OPTIONS)).toBe(asks);
  });

  it.each([
    [['--speed'], "Unknown option '--speed'; --help tells what there is"],
    [['-x'], "Unknown option '-x'; --help tells what there is"],
    [['more'], "Unexpected argument 'more'; --help tells what there is"],
    [['--out'], "Option '--out <value>' argument missing; --help tells what there is"],
    [['--out', '--fast'], "Option '--out' argument is ambiguous; --help tells what there is"],
    [['--fast=yes'], "Option '-f, --fast' does not take an argument; --help tells what there is"],
  ])('%j is refused with one sentence', (args, sentence) => {
    expect(refusal(() => parseCommandLine(args, OPTIONS))).toBe(sentence);
  });

  it('that takes arguments refuses a flag with the same sentence', () => {
    expect(parseCommandLine(['a', 'b'], OPTIONS, { positionals: true }).positionals).toEqual(['a', 'b']);
    expect(refusal(() => parseCommandLine(['a', '--speed'], OPTIONS, { positionals: true }))).toBe(
      "Unknown option '--speed'; --help tells what there is",
    );
  });

  it.each(['', '-1', '+5', '1e1', '0x5', '5.0', ' 5', '11', 'NaN', 'Infinity', '9'.repeat(400)])(
    'takes no %j for a whole number',
    (text) => {
      expect(refusal(() => wholeNumber('--n', text, 0, 10))).toBe(
        `--n is a whole number from 0 to 10, not ${JSON.stringify(text)}`,
      );
    },
  );

  it('takes both ends of a range', () => {
    expect([wholeNumber('--n', '0', 0, 10), wholeNumber('--n', '10', 0, 10)]).toEqual([0, 10]);
  });
});

describe('before anything is installed', () => {
  it('npm start takes help and nothing else', () => {
    expect(answerOfStart([])).toBeNull();
    expect(answerOfStart(['x', '-h'])).toMatchObject({ exitCode: 0 });
    expect(answerOfStart([''])).toMatchObject({ exitCode: 2 });
  });

  it('npm test takes help and tiers', () => {
    expect(answerOfTest([])).toBeNull();
    expect(answerOfTest(['unit', 'sla'])).toBeNull();
    expect(answerOfTest(['unit', '-h'])).toMatchObject({ exitCode: 0 });
    expect(answerOfTest(['unit', 'toString', 'x'])).toMatchObject({
      exitCode: 2,
      text: expect.stringMatching(/^unknown tier toString, x; /),
    });
  });
});
