import { jest } from '@jest/globals';
import type { RunProgress } from '../run/run-instruments.ts';
import { ProgressLine } from './progress-line.ts';

const measuring = (elapsedMs: number, answered: number, failed = 0): RunProgress => ({
  phase: 'measuring',
  said: '',
  elapsedMs,
  companion: { connected: 12, frames: 0, sent: answered, answered, failed },
});
const CLEAR = '\r\u001b[K';

let written: string[];
let term: string | undefined;
beforeEach(() => {
  jest.useFakeTimers();
  written = [];
  term = process.env['TERM'];
  process.env['TERM'] = 'xterm';
});
afterEach(() => {
  jest.useRealTimers();
  if (term === undefined) delete process.env['TERM'];
  else process.env['TERM'] = term;
});

const lineOn = (isTTY: boolean): ProgressLine =>
  new ProgressLine(20_000, { isTTY, write: (text: string | Uint8Array) => written.push(String(text)) > 0 });

describe('the progress of a run', () => {
  it('is one line that lives on a terminal, and is gone at the end', () => {
    const line = lineOn(true);
    jest.advanceTimersByTime(5_000);
    expect(written).toEqual([]);
    line.show('preflight');
    expect(written).toEqual([`${CLEAR}  ... looking at the machine, 5 s`]);
    line.show(measuring(0, 0));
    for (let second = 1; second <= 3; second++) {
      jest.advanceTimersByTime(1_000);
      line.show(measuring(second * 1_000, second * 200));
    }
    jest.advanceTimersByTime(500);
    expect(written.at(-1)).toBe(`${CLEAR}  ... measuring 3 of 20 s: 600 commands answered, 9 s`);
    line.show(measuring(4_000, 790, 10));
    jest.advanceTimersByTime(500);
    expect(written.at(-1)).toBe(`${CLEAR}  ... measuring 4 of 20 s: 790 commands answered, 10 failed, 9 s`);
    line.end();
    expect(written.at(-1)).toBe(CLEAR);
    expect(written.join('')).not.toContain('\n');
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([
    ['elsewhere', false, 'xterm'],
    ['on a terminal that cannot go back', true, 'dumb'],
  ])('is a line a phase and one each ten seconds %s', (_where, isTTY, terminal) => {
    process.env['TERM'] = terminal;
    const line = lineOn(isTTY);
    line.show('starting');
    for (let second = 0; second < 14; second++) {
      line.show(measuring(second * 1_000, second * 200));
      jest.advanceTimersByTime(1_000);
    }
    line.end();
    expect(written).toEqual([
      '  ... starting the apps, 0 s\n',
      '  ... measuring 0 of 20 s: 0 commands answered, 0 s\n',
      '  ... measuring 9 of 20 s: 1800 commands answered, 10 s\n',
    ]);
  });
});
