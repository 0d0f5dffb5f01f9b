import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthorClient } from '@waymark/client';
import { demoQuests } from './example-quests.ts';
import { GameBook } from './game-book.ts';
import type { QuestSummary, ReadApi } from './read-api.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waymark-demo-'));
});

afterEach(() => rm(dir, { recursive: true }));

describe('GameBook', () => {
  it('remembers the game of each table, for this user alone', async () => {
    const path = join(dir, 'demo.json');
    const book = new GameBook(path);
    book.put(0, 'g0');
    book.put(1, 'g1');
    book.put(0, 'g2');
    const again = new GameBook(path);
    expect([again.at(0), again.at(1), again.at(2)]).toEqual(['g2', 'g1', undefined]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['demo.json']);
  });

  it.each(['', '{"0":', '[]', 'null', '{"0":7}'])('begins anew when it was damaged: %j', async (text) => {
    const path = join(dir, 'demo.json');
    await writeFile(path, text);
    const book = new GameBook(path);
    expect(book.at(0)).toBeUndefined();
    book.put(0, 'g0');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ 0: 'g0' });
  });
});

describe('demoQuests', () => {
  /** A store in which a published quest is listed at once. */
  class FalseStore {
    readonly listed: QuestSummary[] = [];
    readonly keys: string[] = [];
    private readonly drafts = new Map<string, string>();

    readonly author = {
      draft: async (text: string, { idempotencyKey = '' } = {}) => {
        this.keys.push(idempotencyKey);
        this.drafts.set(`q-${idempotencyKey}`, (JSON.parse(text) as { title: string }).title);
        return { questId: `q-${idempotencyKey}`, revision: 0, etag: '' };
      },
      publish: async (questId: string, { idempotencyKey = '' } = {}) => {
        this.keys.push(idempotencyKey);
        this.list(this.drafts.get(questId)!, 3);
        return { questId, version: 1, contentHash: '' };
      },
    } as unknown as AuthorClient;
    readonly api = { quests: async () => this.listed } as unknown as ReadApi;

    list(title: string, waypointCount: number, retired = false): void {
      this.listed.push({ questId: `id of ${title}`, title, waypointCount, retired });
    }
  }

  let store: FalseStore;
  const titles = async (): Promise<string[]> =>
    (await demoQuests(dir, store.author, store.api)).map(({ title }) => title);

  beforeEach(async () => {
    store = new FalseStore();
    for (const title of ['A', 'B']) await writeFile(join(dir, `${title}.json`), JSON.stringify({ title }));
    await writeFile(join(dir, 'README.md'), 'no quest');
  });

  it('publishes the examples into an empty store, with keys that a second try repeats', async () => {
    expect((await titles()).sort()).toEqual(['A', 'B']);
    const first = [...store.keys];
    store = new FalseStore();
    await titles();
    expect(store.keys).toEqual(first);
    expect(new Set(first).size).toBe(4);
  });

  it('publishes nothing a second time, and plays the shortest first', async () => {
    store.list('B', 9);
    store.list('A', 12);
    store.list('of somebody', 1);
    expect(await titles()).toEqual(['B', 'A']);
    expect(store.keys).toEqual([]);
  });

  it('finishes what a first start that was cut short has begun', async () => {
    store.list('B', 9);
    expect((await titles()).sort()).toEqual(['A', 'B']);
    expect(store.keys).toHaveLength(2);
  });

  it('puts nothing into the store of an author who has quests of their own', async () => {
    store.list('of somebody', 5);
    store.list('retired', 2, true);
    expect(await titles()).toEqual(['of somebody']);
    expect(store.keys).toEqual([]);
  });
});
