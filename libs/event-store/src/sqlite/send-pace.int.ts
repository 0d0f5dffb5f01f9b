import { setImmediate as nextTurn } from 'node:timers/promises';
import { append } from '../contract/contract-kit.ts';
import { PACE_MS } from './send-pace.ts';
import { StoreSandbox } from './sqlite-kit.ts';

describe('appends that come in many turns of the event loop', () => {
  let sandbox: StoreSandbox;
  beforeEach(() => {
    sandbox = new StoreSandbox();
  });
  afterEach(() => sandbox.dispose());

  it('share commits while they are many, at most one a pace', async () => {
    const store = await sandbox.open();
    const asked: ReturnType<typeof append>[] = [];
    const beganAt = performance.now();
    for (let number = 0; number < 1_000; number++) {
      while (performance.now() < beganAt + number * 0.2) await nextTurn();
      asked.push(append(store, `s-${number % 50}`, [number], 'any'));
    }
    const outcomes = new Set((await Promise.all(asked)).map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['committed']));
    const paces = (performance.now() - beganAt) / PACE_MS;
    // The first few go at once, and each message is a commit at most.
    expect(store.counters().commits).toBeLessThan(paces + 20);
    expect(store.counters().appends).toBe(1_000);
  });

  it('are committed when the store is closed before their pace is over', async () => {
    const store = await sandbox.open();
    const asked: ReturnType<typeof append>[] = [];
    for (let number = 0; number < 100; number++) {
      asked.push(append(store, 's', [number], 'any'));
      if (number < 40) await nextTurn();
    }
    await store.close();
    expect((await Promise.all(asked)).every(({ outcome }) => outcome === 'committed')).toBe(true);
  });
});
