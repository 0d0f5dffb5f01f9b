import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../monitoring/rule-files.ts';

/** What Argo Rollouts makes of an AnalysisTemplate and the results of its queries. For analysis.int.ts. */
export interface Metric {
  readonly name: string;
  readonly count?: number;
  readonly failureLimit?: number;
  readonly inconclusiveLimit?: number;
  readonly successCondition?: string;
  readonly failureCondition?: string;
  readonly provider: { readonly prometheus: { readonly query: string } };
}

export type Phase = 'Successful' | 'Failed' | 'Inconclusive';
export type Verdict = 'promote' | 'abort' | 'pause';

export function withArgs(query: string, args: Readonly<Record<string, string>>): string {
  return query.replace(/\{\{args\.([\w-]+)\}\}/g, (_, name: string) => {
    if (args[name] === undefined) throw new Error(`the query has an argument ${name} that the Rollout does not give`);
    return args[name];
  });
}

/**
 * Argo's rule for one measurement (argo-rollouts 1.8, utils/evaluate): failure wins; a condition that is left out is the other's opposite,
 * which is why both must be written; neither holds: inconclusive.
 */
export function phasesOf(questions: readonly { metric: Metric; result: readonly string[] }[]): Phase[] {
  const asked = questions.flatMap(({ metric, result }) =>
    [metric.successCondition, metric.failureCondition].flatMap((condition) =>
      condition ? [{ condition, result }] : [],
    ),
  );
  const answers = evaluate(asked);
  return questions.map(({ metric }) => {
    const succeeded = metric.successCondition ? answers.shift()! : undefined;
    const failed = metric.failureCondition ? answers.shift()! : undefined;
    if (failed ?? !(succeeded ?? true)) return 'Failed';
    return (succeeded ?? true) ? 'Successful' : 'Inconclusive';
  });
}

/** Of an analysis whose metrics are measured once and may not fail or be inconclusive even once: the worst phase decides. */
export function verdictOf(phases: readonly Phase[]): Verdict {
  if (phases.includes('Failed')) return 'abort';
  return phases.includes('Inconclusive') ? 'pause' : 'promote';
}

function evaluate(questions: readonly { condition: string; result: readonly string[] }[]): boolean[] {
  const { error, status, stderr, stdout } = spawnSync('go', ['run', '.'], {
    cwd: join(ROOT, 'tools/k8s/conditions'),
    encoding: 'utf8',
    input: JSON.stringify(questions),
  });
  if (error !== undefined)
    throw new Error("Go is missing: Argo's conditions are evaluated by their own library. Put go on the PATH.");
  if (status !== 0) throw new Error(`a condition cannot be evaluated: ${stderr}`);
  return JSON.parse(stdout) as boolean[];
}
