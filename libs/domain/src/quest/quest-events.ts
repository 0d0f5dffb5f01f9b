import type { QuestContent } from './quest-content.ts';

/** Facts of a stream `quest-{questId}`. Times are epoch milliseconds. */
export type QuestEvent =
  | { readonly type: 'QuestDrafted'; readonly data: QuestDrafted }
  | { readonly type: 'QuestRevised'; readonly data: QuestRevised }
  | { readonly type: 'QuestPublished'; readonly data: QuestPublished }
  | { readonly type: 'QuestRetired'; readonly data: QuestRetired };

export interface QuestDrafted {
  readonly questId: string;
  /** Subject of the author's token. */
  readonly authorId: string;
  readonly content: QuestContent;
  readonly contentHash: string;
  readonly at: number;
}

export interface QuestRevised {
  readonly content: QuestContent;
  readonly contentHash: string;
  readonly at: number;
}

/** Carries the whole content again: a version can be played from this one event, whatever happens to the draft. */
export interface QuestPublished {
  readonly questId: string;
  readonly authorId: string;
  /** 1 for the first publication. */
  readonly version: number;
  readonly content: QuestContent;
  readonly contentHash: string;
  readonly at: number;
}

export interface QuestRetired {
  readonly at: number;
}
