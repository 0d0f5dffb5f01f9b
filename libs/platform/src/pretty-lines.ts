import colors from 'picocolors';

/** Log lines for people: time, level, process, sentence, and what else the line carries. For log.ts at a terminal and for tools/start. */
const LEVELS: Readonly<Record<number, string>> = {
  10: colors.gray('trace'),
  20: colors.gray('debug'),
  30: colors.green('info'),
  40: colors.yellow('warn'),
  50: colors.red('error'),
  60: colors.red('fatal'),
};
const PLAIN = new Set(['level', 'time', 'name', 'msg', 'pid', 'hostname', 'err']);

/** Something pino can write to. */
export function prettyLines(out: { write(text: string): unknown }): { write(line: string): void } {
  return {
    write(line) {
      out.write(`${prettyLine(line)}\n`);
    },
  };
}

/** A line that is not of the log (a crash, a warning of the runtime) stays as it is. */
export function prettyLine(line: string): string {
  const entry = parseLogLine(line);
  if (entry === undefined) return line.trimEnd();
  const time = colors.dim(new Date(entry.time).toISOString().slice(11, 23));
  const rest = Object.entries(entry)
    .filter(([key]) => !PLAIN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = typeof entry.err?.stack === 'string' ? `\n${entry.err.stack}` : '';
  const extra = rest.length > 0 ? ` ${colors.dim(rest.join(' '))}` : '';
  return `${time} ${LEVELS[entry.level] ?? entry.level} ${colors.cyan(entry.name ?? '')} ${entry.msg ?? ''}${extra}${stack}`;
}

export interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly name?: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly [key: string]: unknown;
}

export function parseLogLine(line: string): LogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as LogLine;
    return typeof entry.level === 'number' && typeof entry.time === 'number' ? entry : undefined;
  } catch {
    return undefined;
  }
}
