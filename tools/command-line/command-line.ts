import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * How the entry points of this repository read what was typed after their name: `--help` prints a text and ends with 0; what is not known is one
 * sentence that names it, and says where to look. Needs no package and nothing that is built: `npm run build` reads its flags with it too.
 */
export class CommandLineError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; args: string[] }>>;

const HELP_OPTION = { type: 'boolean', short: 'h' } as const;
/** Behind its first sentence Node explains how to quote: for programmers. */
const MORE_OF_NODE = /\.\s+(?:To|This|Did) .*$/s;

/** Also among arguments that are wrong otherwise. */
export function asksForHelp(args: readonly string[], options: Options = {}): boolean {
  const { help } = parseArgs({
    args: [...args],
    options: { ...options, help: HELP_OPTION },
    allowPositionals: true,
    strict: false,
  }).values;
  return help === true;
}

/** Throws CommandLineError. `positionals`: whether arguments that belong to no flag are taken; which of them are good is the caller's to say. */
export function parseCommandLine<const T extends Options>(
  args: readonly string[],
  options: T,
  { positionals = false } = {},
): Parsed<T> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: positionals }) as Parsed<T>;
  } catch (error) {
    throw new CommandLineError(`${(error as Error).message.replace(MORE_OF_NODE, '')}; --help tells what there is`);
  }
}

/** A whole number in digits. Throws CommandLineError. */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
  throw new CommandLineError(`${flag} is a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

export interface EntryPoint<T extends Options, R> {
  readonly help: string;
  readonly options: T;
  readonly positionals?: boolean;
  /** Exit code of a command line that is wrong. */
  readonly exitCode?: number;
  /** What stands before the sentence about it. */
  readonly says?: string;
  /** What the command line comes to. May throw CommandLineError. */
  readonly read: (parsed: Parsed<T>) => R;
}

/** For scripts that read their command line first: returns only when it is right and asks for something to be done. */
export function ownCommandLine<const T extends Options, R>({
  exitCode = 2,
  help,
  options,
  positionals = false,
  read,
  says = '',
}: EntryPoint<T, R>): R {
  const args = process.argv.slice(2);
  if (asksForHelp(args, options)) {
    process.stdout.write(help);
    process.exit(0);
  }
  try {
    return read(parseCommandLine(args, options, { positionals }));
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    console.error(`${says}${error.message}`);
    process.exit(exitCode);
  }
}
