import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { SCENARIOS } from '../scenarios.ts';
import { readFlags } from './flags.ts';

/** What other pipelines are told (action.yml) and what the jobs of this repository run, held against the gate's own flags. */
interface Step {
  readonly run?: string;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}
interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly strategy?: { readonly matrix: { readonly scenario: string[] } }; readonly steps: Step[] }>
  >;
}

const fileOf = (path: string): unknown => parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const action = fileOf('action.yml') as Action;
const { jobs } = fileOf('.github/workflows/sla.yml') as Workflow;
const { scripts } = fileOf('package.json') as { scripts: Readonly<Record<string, string>> };
const commandsOf = (steps: readonly Step[]): string[] => steps.flatMap(({ run }) => run ?? []);

describe('the action', () => {
  it('names every scenario, and has one of them and the own folder by default', () => {
    const { out, scenario } = action.inputs;
    expect(scenario!.description.split(', ')).toEqual(Object.keys(SCENARIOS));
    expect(readFlags(['--scenario', scenario!.default!, '--out', out!.default!])!.scenario.name).toBe('smoke');
  });

  it('passes on each of its inputs, by flags that there are', () => {
    const command = commandsOf(action.runs.steps).at(-1)!;
    const flags = new Set([...command.matchAll(/--([a-z-]+)(?= "\$)/g)].map(([, flag]) => flag));
    expect([...flags].sort()).toEqual(Object.keys(action.inputs).sort());
  });
});

describe('the jobs of the promise', () => {
  it('run scenarios that there are', () => {
    const { sla } = jobs;
    for (const name of sla!.strategy!.matrix.scenario) {
      const command = commandsOf(sla!.steps).at(-1)!.replace('${{ matrix.scenario }}', name);
      expect(command).toMatch(/^npm run --silent sla -- /);
      expect(readFlags(command.split(' -- ')[1]!.split(' '))!.scenario.name).toBe(name);
    }
  });

  it('run commands that package.json has', () => {
    const asked = Object.values(jobs).flatMap(({ steps }) =>
      commandsOf(steps).flatMap((command) => /npm run (?:--silent )?(\S+)/.exec(command)?.[1] ?? []),
    );
    expect(asked).toEqual(['sla', 'sla:prove']);
    for (const name of asked) expect(scripts[name]).toMatch(/loadtest\/.*main\.ts$/);
  });
});
