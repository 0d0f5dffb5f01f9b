import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Target } from '../gate/target.ts';
import type { RuleId } from '../judge/rules.ts';
import type { Outcome } from '../judge/verdict.ts';
import { SCENARIOS, type Scenario } from '../scenarios.ts';

/** What the gate must see through: each mutant is a run with one thing wrong (or nothing), the one verdict that is right about it, and the rules that may make it. */
export interface Mutant {
  readonly name: string;
  /** In words, for the table. */
  readonly describes: string;
  readonly expects: Outcome;
  /** At least one of them must have decided; of a PASS none. */
  readonly rules: readonly RuleId[];
  readonly scenario: Scenario;
  /** Of `mutants/`; loaded into the gateway before it starts. */
  readonly module: string | null;
  /** What is done from outside when the window begins. */
  readonly atWindow: ((target: Target) => void) | null;
}

const SMOKE: Scenario = SCENARIOS.smoke;
/** Many games at a low rate of commands: one of them alone must be found. */
const CROWD: Scenario = { ...SMOKE, name: 'smoke-2000', games: 2_000, k6Sockets: 200 };

type Right = Pick<Mutant, 'expects' | 'rules'>;
const PASS: Right = { expects: 'PASS', rules: [] };
const fails = (...rules: RuleId[]): Right => ({ expects: 'FAIL', rules });
const invalid = (...rules: RuleId[]): Right => ({ expects: 'INVALID', rules });

const inGateway = (module: string, right: Right, describes: string, scenario = SMOKE): Mutant => ({
  name: module,
  describes,
  ...right,
  scenario,
  module: `${module}.ts`,
  atWindow: null,
});
const fromOutside = (name: string, right: Right, describes: string, atWindow: Mutant['atWindow']): Mutant => ({
  name,
  describes,
  ...right,
  scenario: SMOKE,
  module: null,
  atWindow,
});

export const MUTANTS: readonly Mutant[] = [
  fromOutside('nothing', PASS, 'the server as it is', null),
  inGateway('late-by-5', PASS, 'every tick 5 ms late: slower, and well within the promise'),
  inGateway('stall', fails('S6'), 'the event loop stands still for 40 ms at every tenth tick'),
  inGateway('slow-game', fails('S6'), 'one game of 2,000 is served 60 ms late', CROWD),
  inGateway('dropped-frames', fails('S6', 'S8'), '2 % of the state frames never come'),
  inGateway('frozen-socket', fails('C4', 'S6'), 'one socket gets nothing any more'),
  inGateway('no-frames', fails('C5'), 'nobody gets a frame'),
  fromOutside('stopped-halfway', fails('C1'), 'the gateway is killed in the middle of the window', stopHalfway),
  inGateway('skewed-clock', invalid('V1'), "the gateway's clock is 50 ms ahead"),
  fromOutside('hog', invalid('V2', 'V3'), 'other programs take every core of the machine', hog),
];

function stopHalfway({ apps }: Target): void {
  setTimeout(() => apps?.gateway.kill('SIGKILL'), SMOKE.windowMs / 2);
}

/** As many busy loops as there are cores, and one; they end by themselves with the window. */
function hog(): void {
  const loop = `for (const until = Date.now() + ${SMOKE.windowMs}; Date.now() < until;);`;
  for (let n = 0; n <= availableParallelism(); n++) {
    const child = spawn(process.execPath, ['-e', loop], { stdio: 'ignore' });
    process.once('exit', () => child.kill('SIGKILL'));
  }
}
