import type { QuestContent } from '@waymark/domain';
import type { PlacedError, QuestCheck, QuestError } from '@waymark/quest';

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
  | { readonly kind: 'checked'; readonly check: DocumentCheck; readonly quest: CheckedQuest | null }
  /** The check itself failed: a fault of ours. */
  | { readonly kind: 'fault'; readonly message: string };

/** What is said of a document; of bytes that are no text too. */
export interface DocumentCheck extends Omit<QuestCheck, 'content' | 'errors'> {
  readonly errors: readonly (QuestError | PlacedError<'not-utf8'>)[];
}

export interface CheckedQuest {
  readonly content: QuestContent;
  readonly contentHash: string;
}
