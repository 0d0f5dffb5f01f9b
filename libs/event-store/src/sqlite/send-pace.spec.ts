import { PACE_MS, SendPace } from './send-pace.ts';

/** Asks and sends as the writer client does, with a timer that is exact; gives the number of messages that so many appends took. */
function messagesOf(appends: number, eachMs: number, pace = new SendPace()): number {
  let messages = 0;
  let dueAt: number | null = null;
  const send = (now: number): void => {
    messages += 1;
    dueAt = null;
    pace.sent(now);
  };
  for (let index = 0; index < appends; index++) {
    const now = index * eachMs;
    if (dueAt !== null && dueAt <= now) send(dueAt);
    const goes = dueAt === null && pace.mayGo(now);
    pace.asked(now);
    if (goes) send(now);
    else dueAt ??= now + PACE_MS;
  }
  return messages + (dueAt === null ? 0 : 1);
}

describe('the pace at which appends are sent', () => {
  it('lets each append go at once while they are few', () => {
    expect(messagesOf(1, 0)).toBe(1);
    expect(messagesOf(8, 0.3)).toBe(8);
    expect(messagesOf(100, 1.1)).toBe(100);
    expect(messagesOf(100, 20)).toBe(100);
  });

  it('sends many a pace apart, each with all that came meanwhile', () => {
    expect(messagesOf(2_000, 0.4)).toBeLessThan(1_000 * 0.8);
    expect(messagesOf(10_000, 0.1)).toBeLessThan(1_010);
  });

  it('holds while many came of late, and no longer', () => {
    const pace = new SendPace();
    for (let count = 0; count < 8; count++) pace.asked(count * 0.5);
    pace.sent(3.5);
    expect(pace.mayGo(3.6)).toBe(false);
    expect(pace.mayGo(3.5 + PACE_MS)).toBe(true);
    pace.sent(7.9);
    expect(pace.mayGo(8)).toBe(false);
    // The eighth before it is more than eight paces away.
    expect(pace.mayGo(8.1)).toBe(true);
  });
});
