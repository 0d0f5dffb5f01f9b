/** Why a quest says no. */
export type QuestRefusal =
  | { readonly name: 'QuestNotFound' }
  | { readonly name: 'QuestAlreadyExists' }
  | { readonly name: 'NotYourQuest' }
  | { readonly name: 'QuestRetired' }
  /** The draft was revised after the revision that the author has seen. */
  | { readonly name: 'DraftChanged'; readonly expectedRevision: number; readonly actualRevision: number }
  /** A game asks for a quest that has no version yet. */
  | { readonly name: 'QuestNotPublished' }
  /** A game asks for a version that does not exist. */
  | { readonly name: 'VersionNotFound'; readonly version: number; readonly latestVersion: number };
