import { jsonEvent } from '@eventstore/db-client';
import type { Connections } from './connections.ts';
import { failureOf } from './failures.ts';
import { LOG_STREAM } from './wire-events.ts';

/**
 * The id of a log: the first event of the stream `waymark-log`, written once by whoever opens the log first. It is gone with the log, so another
 * log, also a new one under the same address, has another id.
 */
const ATTEMPTS_MAX = 5;

export async function readLogId(connections: Connections, callMs: number): Promise<string | undefined> {
  try {
    return await connections.call(callMs, async (client) => {
      let found: string | undefined;
      // To its end: a read that is left early stays open for ever.
      for await (const { event } of client.readStream(LOG_STREAM, { maxCount: 1, requiresLeader: true })) {
        const logId = (event?.data as { readonly logId?: unknown } | undefined)?.logId;
        if (typeof logId === 'string') found = logId;
      }
      return found;
    });
  } catch (error) {
    if (failureOf(error).kind === 'not_found') return undefined;
    throw error;
  }
}

/** Rejects with an error of the client. */
export async function readOrWriteLogId(connections: Connections, callMs: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const found = await readLogId(connections, callMs);
    if (found !== undefined) return found;
    const event = jsonEvent({ id: crypto.randomUUID(), type: 'LogBegun', data: { logId: crypto.randomUUID() } });
    try {
      await connections.call(callMs, (client) =>
        client.appendToStream(LOG_STREAM, event, {
          expectedRevision: 'no_stream',
          deadline: callMs,
          requiresLeader: true,
        }),
      );
    } catch (error) {
      // Somebody else was first, or nobody knows: what is read now tells.
      const { kind } = failureOf(error);
      const mayBeThere = kind === 'wrong_revision' || kind === 'unknown' || kind === 'not_leader';
      if (!mayBeThere || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
