import type { LoggerService } from '@nestjs/common';
import type { Log } from '@waymark/platform';

/** Nest's words in our log. What it says at start is of interest only when something is wrong with the wiring. */
export function nestLogger(log: Log): LoggerService {
  const say = (level: 'debug' | 'warn' | 'error') => (message: unknown, context?: unknown) =>
    log[level]({ context }, String(message));
  return { log: say('debug'), warn: say('warn'), error: say('error'), debug: say('debug'), verbose: say('debug') };
}
