import type { Actor } from '../actor.ts';
import type { QuestContent } from './quest-content.ts';

/** What can be asked of a quest. `now` is epoch milliseconds. Content has passed libs/quest before it comes here. */
export type QuestCommand = DraftQuest | ReviseQuest | PublishQuest | RetireQuest;

export interface DraftQuest {
  readonly type: 'DraftQuest';
  readonly questId: string;
  readonly by: Actor;
  readonly content: QuestContent;
  readonly contentHash: string;
  readonly now: number;
}

export interface ReviseQuest {
  readonly type: 'ReviseQuest';
  readonly by: Actor;
  /** The revision that the author has seen: the draft must not have been revised after it. */
  readonly expectedRevision: number;
  readonly content: QuestContent;
  readonly contentHash: string;
  readonly now: number;
}

export interface PublishQuest {
  readonly type: 'PublishQuest';
  readonly by: Actor;
  readonly now: number;
}

export interface RetireQuest {
  readonly type: 'RetireQuest';
  readonly by: Actor;
  readonly now: number;
}
