import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthorClient } from '@waymark/client';
import type { QuestSummary, ReadApi } from './read-api.ts';

/** examples/quests in the store: published when the store has no quests at all, or only some of these because a first start was cut short. */
const PROJECTED_MS = 10_000;
const LOOK_AGAIN_MS = 100;

/** The quests that the demo plays, shortest first: the examples, or whatever there is when the store's author keeps others. */
export async function demoQuests(examplesDir: string, author: AuthorClient, api: ReadApi): Promise<QuestSummary[]> {
  const examples = readExamples(examplesDir);
  const there = await api.quests();
  const isExample = (quest: QuestSummary): boolean => examples.some(({ title }) => title === quest.title);
  if (there.length > 0 && !there.some(isExample)) return playable(there);
  const missing = examples.filter(({ title }) => !there.some((quest) => quest.title === title));
  for (const example of missing) await publish(example, author);
  const all = missing.length === 0 ? there : await whenListed(examples.length, api, isExample);
  return playable(all.filter(isExample));
}

interface Example {
  readonly title: string;
  readonly text: string;
}

function readExamples(dir: string): Example[] {
  return globSync('*.json', { cwd: dir })
    .map((name) => readFileSync(join(dir, name), 'utf8'))
    .map((text) => ({ text, title: (JSON.parse(text) as { title: string }).title }));
}

/** The keys come from the text: a start that is cut short and repeated makes nothing twice. */
async function publish({ text }: Example, author: AuthorClient): Promise<void> {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const { questId } = await author.draft(text, { idempotencyKey: `demo-draft-${hash}` });
  await author.publish(questId, { idempotencyKey: `demo-publish-${hash}` });
}

/** The gateway lists a quest as soon as the event has come to it: milliseconds. */
async function whenListed(
  count: number,
  api: ReadApi,
  wanted: (quest: QuestSummary) => boolean,
): Promise<QuestSummary[]> {
  const until = performance.now() + PROJECTED_MS;
  for (;;) {
    const listed = await api.quests();
    if (listed.filter(wanted).length >= count) return listed;
    if (performance.now() > until) throw new Error('the gateway does not list the example quests');
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function playable(quests: readonly QuestSummary[]): QuestSummary[] {
  return quests.filter((quest) => !quest.retired).sort((a, b) => a.waypointCount - b.waypointCount);
}
