import { CLIENT_MESSAGES_PER_SECOND_MAX } from '@waymark/base';

/** Messages that one client may send: CLIENT_MESSAGES_PER_SECOND_MAX a second, and twice that in one burst. Time comes in as epoch ms. */
export class MessageBudget {
  private left = BURST;
  private filledAt: number;

  constructor(now: number) {
    this.filledAt = now;
  }

  /** False when the client is over its budget. */
  take(now: number): boolean {
    const gained = ((now - this.filledAt) * CLIENT_MESSAGES_PER_SECOND_MAX) / 1_000;
    this.left = Math.min(BURST, this.left + gained);
    this.filledAt = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}

const BURST = 2 * CLIENT_MESSAGES_PER_SECOND_MAX;
