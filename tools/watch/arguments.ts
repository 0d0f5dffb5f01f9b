import { parseArgs } from 'node:util';

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
  q or Ctrl-C ends it.`;

/** Throws RangeError with a sentence for whoever typed it. 'help' when that was asked for. */
export function readArguments(args: readonly string[]): WatchArguments | 'help' {
  const { positionals, values } = parse(args);
  if (values.help === true) return 'help';
  if (positionals.length > 1) throw new RangeError(`one game at a time, not ${positionals.length}`);
  if (values.gateway !== undefined && !/^(https?|wss?):\/\/[^/]/.test(values.gateway)) {
    throw new RangeError(`--gateway takes an address such as http://127.0.0.1:3001, not ${values.gateway}`);
  }
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds > 0 && seconds <= 86_400)) {
    throw new RangeError(`--seconds takes a number above 0 and up to 86400, not ${values.seconds}`);
  }
  return { gameId: positionals[0], gateway: values.gateway, token: values.token, once: values.once === true, seconds };
}

function parse(args: readonly string[]): {
  positionals: string[];
  values: { gateway?: string; token?: string; once?: boolean; seconds?: string; help?: boolean };
} {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        gateway: { type: 'string' },
        token: { type: 'string' },
        once: { type: 'boolean' },
        seconds: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new RangeError((error as Error).message);
  }
}
