import { assert, assertNever } from '@waymark/base';
import type { Actor } from '../actor.ts';
import { isAuthor } from '../actor.ts';
import { accept, refuse, type Decision } from '../decision.ts';
import type { DraftQuest, PublishQuest, QuestCommand, RetireQuest, ReviseQuest } from './quest-commands.ts';
import type { QuestEvent } from './quest-events.ts';
import type { QuestRefusal } from './quest-refusals.ts';
import type { PublishedVersion, QuestState } from './quest-state.ts';

/**
 * The rules of quests: an author owns a quest, revises its draft, and freezes versions of it that never change. Pure: the same state and
 * command give the same answer. Called by the command app's handlers; guards stand in the order in which the author would ask.
 */
export type QuestDecision = Decision<QuestEvent, QuestRefusal>;

export function decideQuest(state: QuestState, command: QuestCommand): QuestDecision {
  switch (command.type) {
    case 'DraftQuest':
      return draftQuest(state, command);
    case 'ReviseQuest':
      return reviseQuest(state, command);
    case 'PublishQuest':
      return publishQuest(state, command);
    case 'RetireQuest':
      return retireQuest(state, command);
    default:
      return assertNever(command, 'every quest command is decided');
  }
}

function draftQuest(state: QuestState, command: DraftQuest): QuestDecision {
  if (state.status !== 'none') return refuse({ name: 'QuestAlreadyExists' });
  assert(command.by.kind === 'author', 'only an author drafts a quest');
  return accept({
    type: 'QuestDrafted',
    data: {
      questId: command.questId,
      authorId: command.by.subject,
      content: command.content,
      contentHash: command.contentHash,
      at: command.now,
    },
  });
}

/** Publishing does not touch the draft, so an author who has seen the draft may go on from it: any revision since the draft's will do. */
function reviseQuest(state: QuestState, command: ReviseQuest): QuestDecision {
  const refusal = refusedToAuthor(state, command.by) ?? refusedWhenRetired(state);
  if (refusal !== null) return refuse(refusal);
  const { expectedRevision } = command;
  if (expectedRevision < state.draftRevision || expectedRevision > state.revision) {
    return refuse({ name: 'DraftChanged', expectedRevision, actualRevision: state.revision });
  }
  if (command.contentHash === state.draftHash) return accept();
  return accept({
    type: 'QuestRevised',
    data: { content: command.content, contentHash: command.contentHash, at: command.now },
  });
}

/** Publishing the draft that the latest version already holds is true already: the same version is the answer, without an event. */
function publishQuest(state: QuestState, command: PublishQuest): QuestDecision {
  const refusal = refusedToAuthor(state, command.by) ?? refusedWhenRetired(state);
  if (refusal !== null) return refuse(refusal);
  const latest = state.versions.at(-1);
  if (latest?.contentHash === state.draftHash) return accept();
  assert(state.draft !== null, 'a draft that no version holds is there');
  return accept({
    type: 'QuestPublished',
    data: {
      questId: state.questId,
      authorId: state.authorId,
      version: (latest?.version ?? 0) + 1,
      content: state.draft,
      contentHash: state.draftHash,
      at: command.now,
    },
  });
}

function retireQuest(state: QuestState, command: RetireQuest): QuestDecision {
  const refusal = refusedToAuthor(state, command.by);
  if (refusal !== null) return refuse(refusal);
  if (state.status === 'retired') return accept();
  return accept({ type: 'QuestRetired', data: { at: command.now } });
}

/** The version that a new game will play: the one asked for, or the latest. A retired quest gives no new games. */
export function chooseVersion(
  state: QuestState,
  version: number | null,
): { readonly chosen: PublishedVersion } | { readonly refusal: QuestRefusal } {
  if (state.status === 'none') return { refusal: { name: 'QuestNotFound' } };
  if (state.status === 'retired') return { refusal: { name: 'QuestRetired' } };
  const latest = state.versions.at(-1);
  if (latest === undefined) return { refusal: { name: 'QuestNotPublished' } };
  if (version === null) return { chosen: latest };
  const chosen = state.versions[version - 1];
  if (chosen === undefined) return { refusal: { name: 'VersionNotFound', version, latestVersion: latest.version } };
  return { chosen };
}

function refusedToAuthor(state: QuestState, by: Actor): QuestRefusal | null {
  if (state.status === 'none') return { name: 'QuestNotFound' };
  if (!isAuthor(by, state.authorId)) return { name: 'NotYourQuest' };
  return null;
}

function refusedWhenRetired(state: QuestState): QuestRefusal | null {
  return state.status === 'retired' ? { name: 'QuestRetired' } : null;
}
