import { MessageBudget } from './message-budget.ts';

describe('MessageBudget', () => {
  it('allows a burst of 100 messages and then 50 a second', () => {
    const budget = new MessageBudget(0);
    let taken = 0;
    while (budget.take(0)) taken += 1;
    expect(taken).toBe(100);
    taken = 0;
    for (let now = 0; now <= 1_000; now += 1) if (budget.take(now)) taken += 1;
    expect(taken).toBe(50);
  });

  it('does not save up more than one burst', () => {
    const budget = new MessageBudget(0);
    let taken = 0;
    while (budget.take(3_600_000)) taken += 1;
    expect(taken).toBe(100);
  });
});
