import type { Redis } from 'ioredis';
import type { RedisLink } from './open-redis.ts';

/**
 * Redis as the place of what processes share and can do without: tickets, limits, the directory. Each question has a short time of its own;
 * one that is not answered is `undefined`, never an error, and whoever asked goes on alone. The log hears of changes, health of the state.
 */
const ANSWER_MS_MAX = 250;

export class SharedRedis {
  /** Questions that were answered, and those that were not. */
  readonly counts = { answered: 0, unanswered: 0 };
  private readonly link: RedisLink;
  private readonly log: Pick<Console, 'info' | 'warn'>;
  /** Of the last question, where the connection stands: such as a Redis that is full. */
  private refusal: string | null = null;

  constructor(link: RedisLink, log: Pick<Console, 'info' | 'warn'>) {
    this.link = link;
    this.log = log;
  }

  /** Why processes are alone now; null while they share. */
  get fault(): string | null {
    return this.link.fault ?? this.refusal;
  }

  onChange(listener: () => void): void {
    this.link.onChange(listener);
  }

  /** Commands of several questions reach Redis in the order in which they were asked. */
  async ask<T>(command: (client: Redis) => Promise<T>): Promise<T | undefined> {
    if (!this.link.isUp) {
      this.counts.unanswered += 1;
      return undefined;
    }
    try {
      const answer = await this.inTime(command(this.link.client));
      this.counts.answered += 1;
      this.note(null);
      return answer;
    } catch (error) {
      this.counts.unanswered += 1;
      if (this.link.isUp) this.note((error as Error).message);
      return undefined;
    }
  }

  private async inTime<T>(asked: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const reason = `it did not answer within ${ANSWER_MS_MAX} ms`;
        reject(new Error(reason));
        this.link.reconnect(reason);
      }, ANSWER_MS_MAX);
    });
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private note(refusal: string | null): void {
    if ((refusal === null) === (this.refusal === null)) {
      this.refusal = refusal;
      return;
    }
    this.refusal = refusal;
    if (refusal === null) this.log.info('Redis takes what processes share again');
    else this.log.warn(`Redis does not take what processes share: ${refusal}`);
  }
}
