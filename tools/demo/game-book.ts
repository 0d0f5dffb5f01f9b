import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Which games are the demo's own, kept in DATA_DIR/demo.json, so that a second start takes up those that still run. */
export class GameBook {
  private readonly path: string;
  private readonly games: Record<string, string>;

  constructor(path: string) {
    this.path = path;
    this.games = readBook(path);
  }

  /** Id of the game that was last played at this table. */
  at(table: number): string | undefined {
    return this.games[table];
  }

  put(table: number, gameId: string): void {
    this.games[table] = gameId;
    writeFileSync(`${this.path}.new`, `${JSON.stringify(this.games)}\n`, { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}

/** A book that is missing or damaged is an empty one: new games are made. */
function readBook(path: string): Record<string, string> {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Object.fromEntries(
      Object.entries(read as object).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}
