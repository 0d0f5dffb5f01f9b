import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** Everything that one child prints, in DATA_DIR/logs. Bounded: at BYTES_MAX the file becomes `.1`, and the `.1` before it is gone. */
const BYTES_MAX = 16 * 1024 * 1024;

export class LogFile {
  readonly path: string;
  private readonly bytesMax: number;
  private file: number;
  private bytes: number;
  private failed = false;

  constructor(path: string, bytesMax = BYTES_MAX) {
    this.path = path;
    this.bytesMax = bytesMax;
    this.file = openSync(path, 'a', 0o600);
    this.bytes = fstatSync(this.file).size;
  }

  /** A log that cannot be written (disk full) is given up, not waited for: what runs is worth more. */
  write(line: string): void {
    if (this.failed) return;
    try {
      if (this.bytes >= this.bytesMax) this.turnOver();
      this.bytes += writeSync(this.file, `${line}\n`);
    } catch (error) {
      this.failed = true;
      console.error(`${this.path} cannot be written any more (${(error as Error).message}); going on without it`);
    }
  }

  close(): void {
    closeSync(this.file);
  }

  private turnOver(): void {
    closeSync(this.file);
    renameSync(this.path, `${this.path}.1`);
    this.file = openSync(this.path, 'a', 0o600);
    this.bytes = 0;
  }
}
