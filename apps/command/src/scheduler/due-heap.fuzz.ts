import fc from 'fast-check';
import { DueHeap } from './due-heap.ts';

describe('DueHeap', () => {
  it('gives entries back by time, whatever comes between', () => {
    const steps = fc.array(fc.option(fc.nat(50), { freq: 3 }), { maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(steps, (script) => {
        const heap = new DueHeap();
        let model: number[] = [];
        for (const at of script) {
          if (at === null) expect(heap.pop()?.at).toBe(model.shift());
          else {
            heap.push({ at, gameId: `g${at}` });
            model = [...model, at].sort((a, b) => a - b);
          }
          expect([heap.size, heap.nextAt]).toEqual([model.length, model[0] ?? Infinity]);
        }
      }),
    );
  });
});
