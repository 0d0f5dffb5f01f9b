import { readFileSync } from 'node:fs';
import { loadSla } from '../sla/load-sla.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { judge } from './judge.ts';
import { RULES } from './rules.ts';

const page = readFileSync(new URL('../../docs/sla.md', import.meta.url), 'utf8');

describe('the rules', () => {
  it('are those of docs/sla.md', () => {
    const explained = page.split('\n').flatMap((line) => {
      if (!line.startsWith('- **')) return [];
      return [...line.matchAll(/\*\*([ECSV]\d+)\*\*/g)].map(([, rule]) => rule);
    });
    expect(explained).toEqual(Object.keys(RULES));
  });

  it('are all in a verdict, in their order', () => {
    const { checks } = judge(loadSla(), simulatedRun({ games: 12, seconds: 20, commandsPerSecond: 20 }));
    expect(checks.map(({ rule }) => rule)).toEqual(Object.keys(RULES));
  });

  it('name only fields of sla.json that exist', () => {
    const sla = loadSla() as unknown as Record<string, Record<string, unknown>>;
    const named = [...page.matchAll(/`(samples|generator|machine|witness|instruments|baseline)\.(\w+)`/g)];
    expect(named.length).toBeGreaterThan(8);
    for (const [, section, field] of named) expect(sla[section!]).toHaveProperty(field!);
  });
});
