/** What the tools read from the gateway's read API: quests and games, page by page. Only the fields they use. */
export interface QuestSummary {
  readonly questId: string;
  readonly title: string;
  readonly waypointCount: number;
  readonly retired: boolean;
}

export interface GameSummary {
  readonly gameId: string;
  readonly questId: string;
  readonly status: 'scheduled' | 'running' | 'paused' | 'ended';
  readonly open: boolean;
  readonly playerCount: number;
  readonly startedAt: string | null;
}

const PAGE_ENTRIES = 1_000;
const ANSWER_MS = 10_000;

export class ReadApi {
  private readonly base: string;

  /** `base`: address of the gateway for HTTP, without a slash at its end. */
  constructor(base: string) {
    this.base = base;
  }

  quests(): Promise<QuestSummary[]> {
    return this.pages<QuestSummary>('quests');
  }

  /** In order of creation; by default all that are listed. */
  games(status?: GameSummary['status']): Promise<GameSummary[]> {
    return this.pages<GameSummary>('games', status === undefined ? '' : `&status=${status}`);
  }

  /** Undefined when there is no such game, or it ended too long ago to be listed. */
  async game(gameId: string): Promise<GameSummary | undefined> {
    return (await this.get(`/games/${encodeURIComponent(gameId)}`)) as GameSummary | undefined;
  }

  private async pages<Entry>(name: 'quests' | 'games', filter = ''): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let after = ''; ;) {
      const page = await this.get(`/${name}?limit=${PAGE_ENTRIES}${filter}${after}`);
      const { next, [name]: found } = page as { readonly next: string | null; readonly [name: string]: unknown };
      entries.push(...(found as Entry[]));
      if (next === null) return entries;
      after = `&after=${encodeURIComponent(next)}`;
    }
  }

  private async get(path: string): Promise<unknown> {
    const answer = await fetch(`${this.base}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${this.base}${path} answers ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }
}
