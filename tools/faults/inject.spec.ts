import type { Deployment } from './deployment.ts';
import { injectAll } from './inject.ts';
import type { PlannedFault } from './plan.ts';

/** A deployment of which one process does not come back. */
const brokenDeployment = (healed: string[]): Deployment =>
  ({
    kill: () => Promise.resolve(),
    launch: (name: string) =>
      name === 'command' ? Promise.reject(new Error('the command ended before it was ready')) : Promise.resolve(),
    pause: () => {},
    resume: (name: string) => healed.push(name),
    readyAgain: () => Promise.resolve(),
  }) as unknown as Deployment;

it('a target that does not come back is told of, after every other is healed, and nothing more is broken', async () => {
  const healed: string[] = [];
  const told: string[] = [];
  const plan: PlannedFault[] = [
    { index: 0, kind: 'pause', target: 'gateway-0', atMs: 0, forMs: 60 },
    { index: 1, kind: 'kill', target: 'command', atMs: 0, forMs: 0 },
    // The kill has failed long before, and nobody waits for it: an unhandled rejection would end the run without a verdict.
    { index: 2, kind: 'kill', target: 'gateway-1', atMs: 30, forMs: 0 },
  ];
  const injecting = injectAll(brokenDeployment(healed), plan, new AbortController().signal, ({ target }) => {
    told.push(target);
  });
  await expect(injecting).rejects.toThrow('the command ended before it was ready');
  expect(healed).toEqual(['gateway-0']);
  expect(told).toEqual(['gateway-0']);
});
