import { assertNever } from '@waymark/base';
import type { QuestContent, QuestLimits } from './quest-content.ts';
import type { QuestEvent } from './quest-events.ts';

/**
 * What the deciders need to know of a quest, folded from its stream. Owned by one fold: evolveQuest writes into the state that it is
 * given and returns it, so a state that others may see must not be evolved further. Past versions keep no content: it is in their events.
 */
export interface QuestState {
  status: 'none' | 'drafted' | 'retired';
  /** Revision of the last event folded, -1 before the first. */
  revision: number;
  questId: string;
  authorId: string;
  /**
   * The draft as it is now, until a version holds it: what is published is never published again, and kept here it would be most of what the command
   * app remembers (200 KB of 8,500 waypoints). Null then, and while status is 'none'.
   */
  draft: QuestContent | null;
  draftHash: string;
  /** Revision of the event that made the draft what it is. */
  draftRevision: number;
  /** Ascending; version v is at index v - 1. */
  readonly versions: PublishedVersion[];
}

export interface PublishedVersion {
  readonly version: number;
  readonly contentHash: string;
  readonly limits: QuestLimits;
  /** Revision of its QuestPublished event, where the content is. */
  readonly revision: number;
}

export const initialQuest = (): QuestState => ({
  status: 'none',
  revision: -1,
  questId: '',
  authorId: '',
  draft: null,
  draftHash: '',
  draftRevision: -1,
  versions: [],
});

/** Folds one event in place. No guards: what was recorded has happened. */
export function evolveQuest(state: QuestState, event: QuestEvent): QuestState {
  state.revision += 1;
  switch (event.type) {
    case 'QuestDrafted':
      state.status = 'drafted';
      state.questId = event.data.questId;
      state.authorId = event.data.authorId;
      setDraft(state, event.data.content, event.data.contentHash);
      return state;
    case 'QuestRevised':
      setDraft(state, event.data.content, event.data.contentHash);
      return state;
    case 'QuestPublished':
      state.versions.push({
        version: event.data.version,
        contentHash: event.data.contentHash,
        limits: event.data.content.limits,
        revision: state.revision,
      });
      if (event.data.contentHash === state.draftHash) state.draft = null;
      return state;
    case 'QuestRetired':
      state.status = 'retired';
      return state;
    default:
      return assertNever(event, 'every quest event is folded');
  }
}

function setDraft(state: QuestState, content: QuestContent, contentHash: string): void {
  state.draft = content;
  state.draftHash = contentHash;
  state.draftRevision = state.revision;
}
