import pino, { type Logger } from 'pino';
import { prettyLines } from './pretty-lines.ts';

/**
 * The log of a process: JSON lines on standard output, text for people when that is a terminal. Never called on the tick path.
 * Tokens do not belong into lines; the paths below are blanked in case one gets there with a request.
 */
export type Log = Logger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LogOptions {
  /** Of the process: 'command', 'gateway'. */
  readonly name: string;
  readonly level: LogLevel;
}

const BLANKED = [
  'authorization',
  'headers.authorization',
  'req.headers.authorization',
  'req.headers["sec-websocket-protocol"]',
  'headers["sec-websocket-protocol"]',
  'ticket',
  'sessionToken',
  'token',
  'joinCode',
];

export function createLog(options: LogOptions): Log {
  const settings = {
    name: options.name,
    level: options.level,
    base: { name: options.name },
    redact: { paths: BLANKED, censor: '[blanked]' },
  };
  // Written at once: the last line before an exit is the one that is needed.
  return process.stdout.isTTY
    ? pino(settings, prettyLines(process.stdout))
    : pino(settings, pino.destination({ fd: 1, sync: true }));
}
