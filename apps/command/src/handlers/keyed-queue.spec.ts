import { KeyedQueue } from './keyed-queue.ts';

/** A task that ends when the test says so. */
function heldTask(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const task = async () => {
    log.push(`${name} starts`);
    await promise;
    log.push(`${name} ends`);
    return name;
  };
  return { task, end: resolve };
}

describe('KeyedQueue', () => {
  it('runs tasks of one key one after the other, in order, and of other keys beside them', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const [a1, a2, b1] = ['a1', 'a2', 'b1'].map((name) => heldTask(log, name)) as [
      ReturnType<typeof heldTask>,
      ReturnType<typeof heldTask>,
      ReturnType<typeof heldTask>,
    ];
    const done = [queue.run('a', a1.task), queue.run('a', a2.task), queue.run('b', b1.task)];
    await Promise.resolve();
    expect(log).toEqual(['a1 starts', 'b1 starts']);
    expect(queue.size).toBe(3);
    a2.end();
    b1.end();
    a1.end();
    expect(await Promise.all(done)).toEqual(['a1', 'a2', 'b1']);
    expect(log.filter((line) => line.startsWith('a'))).toEqual(['a1 starts', 'a1 ends', 'a2 starts', 'a2 ends']);
    expect(queue.size).toBe(0);
  });

  it('goes on after a task that fails', async () => {
    const queue = new KeyedQueue();
    const failing = queue.run('a', () => Promise.reject(new Error('broken')));
    const next = queue.run('a', async () => 'fine');
    await expect(failing).rejects.toThrow('broken');
    expect(await next).toBe('fine');
    await queue.idle();
  });

  it('tells when nothing is left', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const held = heldTask(log, 'a');
    void queue.run('a', held.task);
    const idle = queue.idle().then(() => log.push('idle'));
    await Promise.resolve();
    expect(log).toEqual(['a starts']);
    held.end();
    await idle;
    expect(log).toEqual(['a starts', 'a ends', 'idle']);
  });
});
