import type { Actor } from '../actor.ts';
import type { QuestCommand } from './quest-commands.ts';
import type { QuestContent } from './quest-content.ts';
import { chooseVersion, decideQuest } from './quest-decider.ts';
import type { QuestEvent } from './quest-events.ts';
import type { QuestRefusal } from './quest-refusals.ts';
import { evolveQuest, initialQuest } from './quest-state.ts';

const ada: Actor = { kind: 'author', subject: 'ada' };
const bob: Actor = { kind: 'author', subject: 'bob' };
const now = 1_000;

const contentOf = (title: string): QuestContent => ({
  title,
  description: '',
  order: 'sequential',
  limits: { maxSpeed: 12, durationSeconds: 3600, maxPlayers: 8 },
  waypointCount: 1,
  places: 'AAAAAAAAAAAAAAAAAACgQA==',
  points: 'CgA=',
  treasures: [],
  clues: [],
});
const first = contentOf('First');
const second = contentOf('Second');

const drafted: QuestEvent = {
  type: 'QuestDrafted',
  data: { questId: 'q1', authorId: 'ada', content: first, contentHash: 'h1', at: 1 },
};
const revised: QuestEvent = { type: 'QuestRevised', data: { content: second, contentHash: 'h2', at: 2 } };
const published = (version: number, content: QuestContent, contentHash: string): QuestEvent => ({
  type: 'QuestPublished',
  data: { questId: 'q1', authorId: 'ada', version, content, contentHash, at: 3 },
});
const retired: QuestEvent = { type: 'QuestRetired', data: { at: 4 } };

const stateAfter = (history: readonly QuestEvent[]) => history.reduce(evolveQuest, initialQuest());
const given = (...history: QuestEvent[]) => ({
  when: (command: QuestCommand) => {
    const decision = decideQuest(stateAfter(history), command);
    return {
      then: (...events: QuestEvent[]) => expect(decision).toEqual({ accepted: true, events }),
      thenRefused: (refusal: QuestRefusal) => expect(decision).toEqual({ accepted: false, refusal }),
    };
  },
});

const draft: QuestCommand = { type: 'DraftQuest', questId: 'q1', by: ada, content: first, contentHash: 'h1', now };
const revise = (expectedRevision: number, by: Actor = ada): QuestCommand => ({
  type: 'ReviseQuest',
  by,
  expectedRevision,
  content: second,
  contentHash: 'h2',
  now,
});
const publish = (by: Actor = ada): QuestCommand => ({ type: 'PublishQuest', by, now });
const retire = (by: Actor = ada): QuestCommand => ({ type: 'RetireQuest', by, now });

describe('drafting', () => {
  it('records the content and its author', () => {
    given()
      .when(draft)
      .then({
        type: 'QuestDrafted',
        data: { questId: 'q1', authorId: 'ada', content: first, contentHash: 'h1', at: now },
      });
  });
  it('is refused where the quest exists', () => given(drafted).when(draft).thenRefused({ name: 'QuestAlreadyExists' }));
});

describe('revising', () => {
  const asRevised: QuestEvent = { type: 'QuestRevised', data: { content: second, contentHash: 'h2', at: now } };

  it('replaces the draft', () => given(drafted).when(revise(0)).then(asRevised));
  it('goes on from a draft that was published meanwhile, whichever of the two revisions was seen', () => {
    given(drafted, published(1, first, 'h1'))
      .when(revise(0))
      .then(asRevised);
    given(drafted, published(1, first, 'h1'))
      .when(revise(1))
      .then(asRevised);
  });
  it('records nothing when the draft says that already', () => given(drafted, revised).when(revise(1)).then());
  it('is refused when the draft was revised after what the author saw', () =>
    given(drafted, revised)
      .when(revise(0))
      .thenRefused({ name: 'DraftChanged', expectedRevision: 0, actualRevision: 1 }));
  it('is refused for a revision that does not exist yet', () =>
    given(drafted).when(revise(1)).thenRefused({ name: 'DraftChanged', expectedRevision: 1, actualRevision: 0 }));
  it('is refused to others', () => given(drafted).when(revise(0, bob)).thenRefused({ name: 'NotYourQuest' }));
  it('is refused where there is no quest', () => given().when(revise(0)).thenRefused({ name: 'QuestNotFound' }));
  it('is refused once retired', () => given(drafted, retired).when(revise(0)).thenRefused({ name: 'QuestRetired' }));
});

describe('publishing', () => {
  const asPublished = (version: number, content: QuestContent, contentHash: string): QuestEvent => ({
    type: 'QuestPublished',
    data: { questId: 'q1', authorId: 'ada', version, content, contentHash, at: now },
  });

  it('freezes the draft as version 1', () =>
    given(drafted)
      .when(publish())
      .then(asPublished(1, first, 'h1')));
  it('counts versions up', () =>
    given(drafted, published(1, first, 'h1'), revised)
      .when(publish())
      .then(asPublished(2, second, 'h2')));
  it('records nothing when the latest version says the same', () =>
    given(drafted, published(1, first, 'h1'))
      .when(publish())
      .then());
  it('leaves no content behind with the state, until there is another draft', () => {
    const state = stateAfter([drafted, published(1, first, 'h1')]);
    expect(state).toMatchObject({ draft: null, draftHash: 'h1', draftRevision: 0 });
    expect(evolveQuest(state, revised)).toMatchObject({ draft: second, draftHash: 'h2' });
    // A version of other content than the draft's does not end the draft.
    expect(evolveQuest(state, published(2, first, 'h1'))).toMatchObject({ draft: second });
  });
  it('makes a new version of content that an older version had', () =>
    given(drafted, published(1, first, 'h1'), revised, published(2, second, 'h2'), {
      type: 'QuestRevised',
      data: { content: first, contentHash: 'h1', at: 5 },
    })
      .when(publish())
      .then(asPublished(3, first, 'h1')));
  it('is refused to others', () => given(drafted).when(publish(bob)).thenRefused({ name: 'NotYourQuest' }));
  it('is refused where there is no quest', () => given().when(publish()).thenRefused({ name: 'QuestNotFound' }));
  it('is refused once retired', () => given(drafted, retired).when(publish()).thenRefused({ name: 'QuestRetired' }));
});

describe('retiring', () => {
  it('is recorded once', () => {
    given(drafted)
      .when(retire())
      .then({ type: 'QuestRetired', data: { at: now } });
    given(drafted, retired).when(retire()).then();
  });
  it('is refused to others', () => given(drafted).when(retire(bob)).thenRefused({ name: 'NotYourQuest' }));
  it('is refused where there is no quest', () => given().when(retire()).thenRefused({ name: 'QuestNotFound' }));
});

describe('choosing a version for a new game', () => {
  const twice = [drafted, published(1, first, 'h1'), revised, published(2, second, 'h2')];

  it('takes the latest unless one is named', () => {
    expect(chooseVersion(stateAfter(twice), null)).toMatchObject({
      chosen: { version: 2, contentHash: 'h2', revision: 3 },
    });
    expect(chooseVersion(stateAfter(twice), 1)).toMatchObject({
      chosen: { version: 1, contentHash: 'h1', revision: 1 },
    });
  });
  it('is refused for a version that does not exist', () =>
    expect(chooseVersion(stateAfter(twice), 3)).toEqual({
      refusal: { name: 'VersionNotFound', version: 3, latestVersion: 2 },
    }));
  it('is refused for a draft, a retired quest and none', () => {
    expect(chooseVersion(stateAfter([drafted]), null)).toEqual({ refusal: { name: 'QuestNotPublished' } });
    expect(chooseVersion(stateAfter([...twice, retired]), 1)).toEqual({ refusal: { name: 'QuestRetired' } });
    expect(chooseVersion(stateAfter([]), null)).toEqual({ refusal: { name: 'QuestNotFound' } });
  });
});
