import { KeyedQueue } from './keyed-queue.ts';

let queue: KeyedQueue;
let log: string[];
beforeEach(() => {
  queue = new KeyedQueue();
  log = [];
});

/** Takes its turn and keeps it until the test says so. */
function visitor(key: string, name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const visit = async (): Promise<void> => {
    await queue.enter(key);
    try {
      log.push(`${name} enters`);
      await promise;
      log.push(`${name} leaves`);
    } finally {
      queue.leave(key);
    }
  };
  return { visit, end: resolve };
}

describe('KeyedQueue', () => {
  it('lets those of one key in one after the other, in order, and of other keys beside them', async () => {
    const [a1, a2, a3, b1] = [visitor('a', 'a1'), visitor('a', 'a2'), visitor('a', 'a3'), visitor('b', 'b1')];
    const done = [a1.visit(), a2.visit(), a3.visit(), b1.visit()];
    await Promise.resolve();
    expect(log).toEqual(['a1 enters', 'b1 enters']);
    expect(queue.size).toBe(4);
    for (const one of [a3, a2, b1, a1]) one.end();
    await Promise.all(done);
    expect(log.filter((line) => line.startsWith('a')).join()).toBe(
      'a1 enters,a1 leaves,a2 enters,a2 leaves,a3 enters,a3 leaves',
    );
    expect(queue.size).toBe(0);
  });

  it('gives a free key at once, also after it was taken', async () => {
    expect(queue.enter('a')).toBeUndefined();
    queue.leave('a');
    expect(queue.enter('a')).toBeUndefined();
    const second = queue.enter('a');
    expect(second).toBeInstanceOf(Promise);
    queue.leave('a');
    await second;
    queue.leave('a');
    expect(queue.enter('a')).toBeUndefined();
  });

  it('forgets free keys when there are many, and none that is taken', async () => {
    void queue.enter('held');
    const behind = queue.enter('held');
    for (let n = 0; n < 50_000; n++) {
      void queue.enter(`key ${n}`);
      queue.leave(`key ${n}`);
    }
    expect(queue['keys'].size).toBeLessThanOrEqual(8_192);
    queue.leave('held');
    await behind;
    expect(queue.enter('held')).toBeInstanceOf(Promise);
  });

  it('keeps a key taken while one who waited has it', async () => {
    void queue.enter('a');
    const second = queue.enter('a');
    queue.leave('a');
    expect(queue.enter('a')).toBeInstanceOf(Promise);
    await second;
    expect(queue.size).toBe(2);
  });

  it('tells when nobody is left', async () => {
    const held = visitor('a', 'a');
    void held.visit();
    const idle = queue.idle().then(() => log.push('idle'));
    await Promise.resolve();
    expect(log).toEqual(['a enters']);
    held.end();
    await idle;
    expect(log).toEqual(['a enters', 'a leaves', 'idle']);
    await queue.idle();
  });
});
