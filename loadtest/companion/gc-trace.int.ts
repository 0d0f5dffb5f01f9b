import { spawnSync } from 'node:child_process';
import { readCollection } from './gc-trace.ts';

/** What this Node writes, not what somebody wrote down once: a new V8 may name its collections anew. */
describe('the trace of collections', () => {
  it('tells major from minor ones', () => {
    const script = `for (let n = 0; n < 3; n++) gc(); gc({ type: 'minor' }); console.log('something else')`;
    const { stdout } = spawnSync(process.execPath, ['--trace-gc', '--trace-gc-nvp', '--expose-gc', '-e', script], {
      encoding: 'utf8',
    });
    const collections = stdout.split('\n').map(readCollection);
    const told = collections.filter((collection) => collection !== undefined);
    expect(told.filter(({ isMajor }) => isMajor)).toHaveLength(3);
    expect(told.filter(({ isMajor }) => !isMajor)).toHaveLength(1);
    expect(told.every(({ allocatedBytes, pauseMs }) => allocatedBytes >= 0 && pauseMs > 0)).toBe(true);
    expect(told.length).toBeLessThan(collections.length);
  });

  it('refuses a kind that it does not know', () => {
    expect(() => readCollection('1 ms: pause=0.5 mutator=1 gc=zz allocated=5')).toThrow(
      'V8 tells of a collection of a kind that is not known: gc=zz',
    );
  });
});
