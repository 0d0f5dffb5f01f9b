import type { Redis } from 'ioredis';

/** What relay and feed need of a connection to Redis; @waymark/platform/redis opens one. Each of them has one of its own. */
export interface FeedRedis {
  readonly client: Redis;
  readonly isUp: boolean;
  readonly fault: string | null;
  onChange(listener: () => void): void;
  /** Drops the connection and makes it anew. */
  reconnect(reason: string): void;
}

/** How long Redis may take to answer what it is not asked to wait for. A command that was not answered may have been done. */
export const ANSWER_MS_MAX = 500;

/** The answer, or an error and a new connection: a late answer on the old one would be taken for another command's. */
export async function answerOf<T>(redis: FeedRedis, asked: Promise<T>, ms = ANSWER_MS_MAX): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = `it did not answer within ${ms} ms`;
      redis.reconnect(reason);
      reject(new Error(reason));
    }, ms);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
