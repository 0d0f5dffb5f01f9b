/**
 * Redraws lines in place on a terminal, on its alternate screen, so that what was there before comes back at the end. Called by main.ts;
 * `close` must be called on every way out.
 */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CTRL_C = '\x03';

export class Screen {
  private readonly out: NodeJS.WriteStream;
  private readonly keys: NodeJS.ReadStream;

  /** `onQuit`: q, Q or Ctrl-C was pressed. */
  constructor(out: NodeJS.WriteStream, keys: NodeJS.ReadStream, onQuit: () => void) {
    this.out = out;
    this.keys = keys;
    out.write(ENTER);
    if (!keys.isTTY) return;
    keys.setRawMode(true);
    keys.on('data', (data: Buffer) => {
      const text = data.toString();
      if (text === CTRL_C || text.toLowerCase() === 'q') onQuit();
    });
  }

  draw(lines: readonly string[]): void {
    const rows = Math.max(1, this.out.rows - 1);
    const shown = lines.slice(0, rows).map((line) => `${cut(line, this.out.columns)}${CLEAR_LINE_END}`);
    this.out.write(`${HOME}${shown.join('\n')}${CLEAR_BELOW}`);
  }

  close(): void {
    if (this.keys.isTTY) this.keys.setRawMode(false);
    this.keys.pause();
    this.out.write(LEAVE);
  }
}

/** As much of a line as fits; colour codes take no room. */
export function cut(line: string, columns: number): string {
  let room = columns;
  let kept = '';
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    if (part.startsWith('\x1b[')) kept += part;
    else {
      const points = [...part].slice(0, room);
      room -= points.length;
      kept += points.join('');
    }
  }
  return kept;
}
