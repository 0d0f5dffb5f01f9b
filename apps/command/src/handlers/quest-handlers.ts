import type { Clock } from '@waymark/base';
import {
  decideQuest,
  questStream,
  type QuestCommand,
  type QuestContent,
  type QuestEvent,
  type QuestRefusal,
  type QuestState,
} from '@waymark/domain';
import type { Aggregates, Outcome } from './aggregates.ts';
import { callerOf, commandHashOf, idMadeBy } from './command-ids.ts';
import type { CommandContext } from './command.ts';
import { problemOf } from './refusal-problems.ts';

/** Commands on quests: each is load, decide, append. Called by http/quests.controller.ts with documents that the quest worker has checked. */
export interface CheckedContent {
  readonly content: QuestContent;
  readonly contentHash: string;
}

export interface QuestWritten {
  readonly questId: string;
  readonly revision: number;
  /** Undefined where nothing had to be recorded. */
  readonly position: number | undefined;
}

export interface QuestPublication extends QuestWritten {
  readonly version: number;
  readonly contentHash: string;
}

type Recorded = Extract<Outcome<QuestEvent, QuestRefusal>, { kind: 'recorded' }>;

export class QuestHandlers {
  private readonly quests: Aggregates<QuestState, QuestEvent, QuestRefusal>;
  private readonly clock: Clock;

  constructor(quests: Aggregates<QuestState, QuestEvent, QuestRefusal>, clock: Clock) {
    this.quests = quests;
    this.clock = clock;
  }

  /** The same key gives the same quest. */
  async draft(context: CommandContext, checked: CheckedContent): Promise<QuestWritten> {
    const questId = idMadeBy({ caller: callerOf(context.by), key: context.key }, 'quest');
    const hash = commandHashOf('DraftQuest', checked.contentHash);
    const { recorded, revision } = await this.write(questId, { context, hash }, () => ({
      type: 'DraftQuest',
      questId,
      by: context.by,
      ...checked,
      now: this.now(),
    }));
    return { questId, revision, position: recorded?.position };
  }

  async revise(
    context: CommandContext,
    questId: string,
    expectedRevision: number,
    checked: CheckedContent,
  ): Promise<QuestWritten> {
    const hash = commandHashOf('ReviseQuest', checked.contentHash);
    const { recorded, revision } = await this.write(questId, { context, hash }, () => ({
      type: 'ReviseQuest',
      by: context.by,
      expectedRevision,
      ...checked,
      now: this.now(),
    }));
    return { questId, revision, position: recorded?.position };
  }

  async publish(context: CommandContext, questId: string): Promise<QuestPublication> {
    let latest = { version: 0, contentHash: '' };
    const { recorded, revision } = await this.write(
      questId,
      { context, hash: commandHashOf('PublishQuest') },
      (state) => {
        latest = state.versions.at(-1) ?? latest;
        return { type: 'PublishQuest', by: context.by, now: this.now() };
      },
    );
    const event = recorded?.events[0];
    const { version, contentHash } = event?.type === 'QuestPublished' ? event.data : latest;
    return { questId, version, contentHash, revision, position: recorded?.position };
  }

  async retire(context: CommandContext, questId: string): Promise<QuestWritten> {
    const { recorded, revision } = await this.write(questId, { context, hash: commandHashOf('RetireQuest') }, () => ({
      type: 'RetireQuest',
      by: context.by,
      now: this.now(),
    }));
    return { questId, revision, position: recorded?.position };
  }

  /** Throws the problem of a refusal. */
  private async write(
    questId: string,
    asked: { readonly context: CommandContext; readonly hash: string },
    commandOn: (state: QuestState) => QuestCommand,
  ): Promise<{ readonly recorded: Recorded | undefined; readonly revision: number }> {
    let revision = -1;
    const outcome = await this.quests.execute({
      stream: questStream(questId),
      ...asked,
      decide: (state) => {
        revision = state.revision;
        return decideQuest(state, commandOn(state));
      },
    });
    if (outcome.kind === 'refused') throw problemOf(outcome.refusal);
    return outcome.kind === 'recorded'
      ? { recorded: outcome, revision: outcome.revision }
      : { recorded: undefined, revision };
  }

  private now(): number {
    return Math.floor(this.clock.now());
  }
}
