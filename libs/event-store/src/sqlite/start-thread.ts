import { Worker } from 'node:worker_threads';

/**
 * Starts a thread of this folder by its name. Sources run unbuilt too (tests, benchmarks): Node strips the types itself and finds the
 * other packages' sources by the condition.
 */
export function startThread(name: 'writer-thread' | 'checkpoint-thread', workerData: object): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  return new Worker(new URL(isSource ? `./${name}.ts` : `./${name}.js`, import.meta.url), {
    workerData,
    execArgv: isSource ? ['--conditions=waymark-source'] : [],
    name: `waymark-${name}`,
  });
}
