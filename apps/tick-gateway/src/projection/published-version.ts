import { questStream, type CompiledQuest } from '@waymark/domain';
import type { EventStore } from '@waymark/event-store';
import { compileQuest } from '@waymark/quest';
import type { Catalogue } from './catalogue.ts';
import { decode } from './decode.ts';

/** Reads a published version from the one event that holds it, and compiles it; null when the catalogue knows no such version. */
export async function readPublishedVersion(
  { catalogue, store }: { readonly catalogue: Catalogue; readonly store: Pick<EventStore, 'readStream'> },
  questId: string,
  version: number,
): Promise<CompiledQuest | null> {
  const entry = catalogue.quests.get(questId)?.versions.find((known) => known.version === version);
  if (entry === undefined) return null;
  const events = await store.readStream(questStream(questId), { fromRevision: BigInt(entry.revision), maxCount: 1 });
  const event = events === 'no_stream' || events.length === 0 ? null : decode(events[0]!);
  if (event?.type !== 'QuestPublished')
    throw new Error(`the log does not hold version ${version} of quest ${questId} where it was projected from`);
  return compileQuest(event.data.content, event.data.contentHash);
}
