import { readFileSync } from 'node:fs';
import { loadSla, parseSla, SLA_FILE, SlaError } from './load-sla.ts';

const committed = readFileSync(SLA_FILE, 'utf8');

function messageFor(text: string): string {
  try {
    parseSla(text);
  } catch (error) {
    if (error instanceof SlaError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('sla.json', () => {
  it('as committed holds players to 35 ms', () => {
    const sla = loadSla();
    expect(sla.budgets.tickLagWorstPlayerP99Ms.must).toBe(35);
    expect(sla.budgets.commandP99Ms.must).toBe(35);
    expect(sla.budgets.eventLagP99Ms.must).toBe(35);
  });

  it('has budgets of single scenarios, each in place of one of all', () => {
    const [all, mix] = [loadSla(), loadSla(SLA_FILE, 'publish-mix')];
    expect([all, mix].map(({ budgets }) => budgets.majorGcsPerMinute.must)).toEqual([2, 6]);
    expect({ ...mix, budgets: { ...mix.budgets, majorGcsPerMinute: all.budgets.majorGcsPerMinute } }).toEqual(all);
    expect(all).not.toHaveProperty('scenarios');
  });

  it.each([
    [
      'a scenario that there is not',
      /"publish-mix"/,
      '"publish"',
      'sla.json:33: /scenarios/publish is no scenario; there',
    ],
    [
      'a budget of a scenario that nobody knows',
      /(mix": {) "major/,
      '$1 "mayor',
      '/scenarios/publish-mix/mayorGcsPerMinute is a f',
    ],
    [
      'a goal of a scenario above its must',
      /6, "goal": 0/,
      '6, "goal": 9',
      '/scenarios/publish-mix/majorGcsPerMinute/goal is 9, above',
    ],
    [
      'a field that nobody knows',
      /"goal": 0.5 }/,
      '"goal": 0.5, "gaol": 1 }',
      'sla.json:5: /budgets/commandP50Ms/gaol is a field that nobody knows',
    ],
    ['a misspelt budget', /"commandP50Ms"/, '"commandP5Ms"', '/budgets/commandP5Ms is a field that nobody knows'],
    ['a missing section', /"instruments": {[^}]*},/, '', 'sla.json:1: the document lacks the field instruments'],
    ['a threshold as text', /"must": 5,/, '"must": "5",', 'sla.json:5: /budgets/commandP50Ms/must must be number'],
    ['a negative threshold', /"must": 5,/, '"must": -5,', '/budgets/commandP50Ms/must must be >= 0'],
    [
      'a share above one',
      /"stealShareMax": 0.1/,
      '"stealShareMax": 10',
      'sla.json:24: /machine/stealShareMax must be <= 1',
    ],
    ['a lateness budget that is switched off', /("tickLagWorstPlayerP99Ms": { "must": )35/, '$1null', 'must be number'],
    [
      'a goal above its must',
      /"must": 5, "goal": 0.5/,
      '"must": 5, "goal": 50',
      '/budgets/commandP50Ms/goal is 50, above what must hold, 5',
    ],
    ['another version', /"version": 1/, '"version": 2', '/version must be 1'],
    [
      'a field that stands there twice',
      /"version": 1,/,
      '"version": 1,\n"version": 1,',
      'sla.json:4: the field version stands there twice',
    ],
    ['text that is no JSON', /"version": 1,/, '"version": 1', 'sla.json:4: not JSON: CommaExpected'],
    ['a comment', /{/, '{ // ours', 'sla.json:1: not JSON: InvalidCommentToken'],
    ['a byte order mark', /^/, '\uFEFF', 'sla.json:1: not JSON: it begins with a byte order mark'],
    ['ten thousand levels', /"version": 1/, `"version": ${'['.repeat(10_000)}`, 'sla.json:1: it is nested too deeply'],
    ['a megabyte of spaces', /$/, ' '.repeat(1e6), 'sla.json has 1001'],
    ['a number that is too large for any', /"must": 5,/, '"must": 1e999,', '/budgets/commandP50Ms/must must be number'],
    ['nothing at all', /[\s\S]*/, '', 'sla.json:1: not JSON'],
  ])('with %s is refused with its place', (_what, pattern, replacement, message) => {
    const text = committed.replace(pattern, replacement);
    expect(text).not.toBe(committed);
    expect(messageFor(text)).toContain(message);
  });

  it('tells all faults at once', () => {
    const text = committed.replace('"must": 5,', '"must": -5,').replace('"diskMaxMs": 20', '"diskMaxMs": "x"');
    expect(messageFor(text).split('\n')).toHaveLength(2);
  });

  it('that is not there is told by its name', () => {
    expect(() => loadSla('/nowhere/sla.json')).toThrow(/^\/nowhere\/sla\.json cannot be read: ENOENT/);
  });
});
