import { LRUCache } from 'lru-cache';
import { assert, PUBLISHED_QUESTS_CACHED_MAX } from '@waymark/base';
import { decodeEvent, questStream, type CompiledQuest, type PublishedVersion, type QuestState } from '@waymark/domain';
import type { EventStore } from '@waymark/event-store';
import { compileQuest } from '@waymark/quest';

/**
 * Published versions, compiled for the rules of reaching. A version never changes, so one copy serves every game that plays it and is never
 * stale. Clues are left out: nobody asks for them here.
 */
export class PublishedQuests {
  private readonly store: EventStore;
  private readonly peekQuest: (stream: string) => QuestState | Promise<QuestState>;
  private readonly compiled = new LRUCache<string, CompiledQuest>({
    max: PUBLISHED_QUESTS_CACHED_MAX,
    maxSize: CACHED_BYTES_MAX,
    sizeCalculation: (quest) => quest.places.byteLength + quest.points.byteLength + quest.treasure.byteLength,
  });
  /** Loads under way: a thousand first reaches after a restart read their quest once. */
  private readonly loading = new Map<string, Promise<CompiledQuest>>();

  constructor(store: EventStore, peekQuest: (stream: string) => QuestState | Promise<QuestState>) {
    this.store = store;
    this.peekQuest = peekQuest;
  }

  /** At once for a version in use; otherwise read from its event. */
  get(questId: string, version: number): CompiledQuest | Promise<CompiledQuest> {
    const key = `${questId}@${version}`;
    const known = this.compiled.get(key) ?? this.loading.get(key);
    if (known !== undefined) return known;
    const loading = this.load(questId, version).finally(() => this.loading.delete(key));
    this.loading.set(key, loading);
    return loading;
  }

  private async load(questId: string, version: number): Promise<CompiledQuest> {
    const stream = questStream(questId);
    const published: PublishedVersion | undefined = (await this.peekQuest(stream)).versions[version - 1];
    assert(published !== undefined, 'a game plays a version that was published');
    const events = await this.store.readStream(stream, { fromRevision: BigInt(published.revision), maxCount: 1 });
    assert(events !== 'no_stream' && events.length === 1, 'a published version has its event');
    const [recorded] = events;
    const event = decodeEvent(recorded!.type, recorded!.metadata.schemaVersion, recorded!.data);
    assert(event.type === 'QuestPublished' && event.data.version === version, 'a version is where its quest says');
    const quest = { ...compileQuest(event.data.content, event.data.contentHash), clues: NO_CLUES };
    this.compiled.set(`${questId}@${version}`, quest);
    return quest;
  }
}

const CACHED_BYTES_MAX = 32 * 1024 * 1024;
const NO_CLUES: ReadonlyMap<number, string> = new Map();
