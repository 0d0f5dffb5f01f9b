import { parentPort } from 'node:worker_threads';
import { assert } from '@waymark/base';
import { checkQuestBytes } from './check-quest.ts';
import type { QuestJob, QuestJobDone } from './quest-messages.ts';

/** The quest worker's own thread: one document after the other. Started by QuestWorker. */
assert(parentPort !== null, 'the quest thread is started as a worker');
const port = parentPort;

port.on('message', ({ jobId, bytes, lint }: QuestJob) => {
  port.postMessage({ jobId, report: check(bytes, lint) } satisfies QuestJobDone);
});

function check(bytes: Uint8Array, lint: boolean): QuestJobDone['report'] {
  try {
    return checkQuestBytes(bytes, lint);
  } catch (error) {
    return { kind: 'fault', message: (error as Error).stack ?? String(error) };
  }
}
