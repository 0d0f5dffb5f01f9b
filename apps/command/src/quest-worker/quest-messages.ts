import type { QuestContent } from '@waymark/domain';
import type { QuestCheck } from '@waymark/quest';

/** What the main thread and the quest worker say to each other. */
export interface QuestJob {
  readonly jobId: number;
  /** The document as it came, UTF-8; its buffer is handed over. */
  readonly bytes: Uint8Array;
  /** False leaves out the warnings and what it costs to find their places. */
  readonly lint: boolean;
}

export interface QuestJobDone {
  readonly jobId: number;
  readonly report: QuestReport;
}

export type QuestReport =
  /** The bytes are not UTF-8, from `offset` on. */
  | { readonly kind: 'not-utf8'; readonly line: number; readonly column: number }
  | { readonly kind: 'checked'; readonly check: Omit<QuestCheck, 'content'>; readonly quest: CheckedQuest | null }
  /** The check itself failed: a fault of ours. */
  | { readonly kind: 'fault'; readonly message: string };

export interface CheckedQuest {
  readonly content: QuestContent;
  readonly contentHash: string;
}
