import { asksForHelp, CommandLineError, parseCommandLine } from '../command-line/command-line.ts';

/** What was typed after `npm run watch --`. */
export interface WatchArguments {
  /** Undefined: a game that is running. */
  readonly gameId: string | undefined;
  /** Address of the gateway; undefined: by the settings. */
  readonly gateway: string | undefined;
  readonly token: string | undefined;
  readonly once: boolean;
  /** Undefined: until the game ends or somebody quits. */
  readonly seconds: number | undefined;
}

export const USAGE = `npm run watch -- [GAME_ID] [--gateway URL] [--token TOKEN] [--once] [--seconds N]

  GAME_ID        the game to watch; by default one that is running
  --gateway URL  where the gateway is; by default as WAYMARK_PUBLIC_GATEWAY_URL, WAYMARK_HOST and WAYMARK_GATEWAY_PORT say
  --token TOKEN  the owner's token, for a game that is not open; by default the one in WAYMARK_DATA_DIR/dev-token
  --once         print the game once and end
  --seconds N    end after N seconds
  q or Ctrl-C ends it.

Exit codes: 0 the game ended or somebody quit, 1 it cannot be watched, or the arguments are wrong.`;

const OPTIONS = {
  gateway: { type: 'string' },
  token: { type: 'string' },
  once: { type: 'boolean' },
  seconds: { type: 'string' },
} as const;

/** Throws CommandLineError with a sentence for whoever typed it. 'help' when that was asked for. */
export function readArguments(args: readonly string[]): WatchArguments | 'help' {
  if (asksForHelp(args, OPTIONS)) return 'help';
  const { positionals, values } = parseCommandLine(args, OPTIONS, { positionals: true });
  if (positionals.length > 1)
    throw new CommandLineError(`one game at a time, not ${positionals.length}; --help tells more`);
  if (values.gateway !== undefined && !/^(https?|wss?):\/\/[^/]/.test(values.gateway)) {
    throw new CommandLineError(`--gateway takes an address such as http://127.0.0.1:3001, not ${values.gateway}`);
  }
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds > 0 && seconds <= 86_400)) {
    throw new CommandLineError(`--seconds takes a number above 0 and up to 86400, not ${values.seconds}`);
  }
  return { gameId: positionals[0], gateway: values.gateway, token: values.token, once: values.once === true, seconds };
}
