/**
 * What `npm start` and `npm test` take, and what they say of it: answered before anything is installed, so plain JavaScript without packages, as all
 * that start.mjs loads.
 */
const START_HELP = `npm start

  Installs and builds what is missing, then runs the command app, the tick-gateway, and example quests that bots play. Prints addresses and lines
  to paste when all is up. Ctrl-C ends it. Takes no arguments; what it does is told by environment variables, all of them in docs/configuration.md:

  WAYMARK_DATA_DIR       where events, keys and logs are kept; default ./data
  WAYMARK_COMMAND_PORT   port of the API; default 3000
  WAYMARK_GATEWAY_PORT   port of the WebSockets and the read API; default 3001
  WAYMARK_DEMO           0: no example quests and no bots; default 1

  Other commands, each with --help: npm test, npm run check, build, generate, bench, watch, keys, backup, sla, sla:prove, faults, test:eventstoredb.

Exit codes: 0 it was told to stop and stopped, 1 it could not start or did not stop in time, 2 it was given an argument.
`;

/** Tiers of tests, in the order in which `npm test` runs them. */
export const TIERS = {
  check: 'types, lint, import rules, generated files, format',
  unit: 'rules of single modules, adapters against the contracts of their ports, seeded fuzz',
  int: 'real files, threads, sockets, programs',
  alloc: 'allocation budgets, each in a process of its own',
  bench: 'the benchmarks in their smallest form, so that they cannot rot',
  e2e: 'the built apps as processes',
  contract: 'the table of event stores by contract case, against docs/event-store-contract.md',
  sla: 'the smoke scenario through the whole SLA gate',
};

const TEST_HELP = `npm test -- [TIER ...]

  Installs and builds what is missing, then runs the tiers that are named, by default all, one after another:

${Object.entries(TIERS)
  .map(([tier, what]) => `  ${tier.padEnd(9)} ${what}`)
  .join('\n')}

  Single tests: node_modules/.bin/node tools/test/jest.ts spec,int FOLDER_OR_FILE [arguments of jest]

Its last line is "N passed, N failed". Exit codes: 0 all passed, 1 one failed, 2 there is no such tier, 130 interrupted.
`;

const EXIT_USAGE = 2;

/** Of `npm start`: the text and the exit code that answer its arguments; null when there are none, and it is to start. */
export function answerOfStart(args) {
  if (args.length === 0) return null;
  if (asksForHelp(args)) return { text: START_HELP, exitCode: 0 };
  return { text: `npm start takes no argument ${args[0]}; --help tells what it reads\n`, exitCode: EXIT_USAGE };
}

/** Of `npm test`: null when its arguments are tiers, or none. */
export function answerOfTest(args) {
  if (asksForHelp(args)) return { text: TEST_HELP, exitCode: 0 };
  const unknown = args.filter((tier) => !Object.hasOwn(TIERS, tier));
  if (unknown.length === 0) return null;
  const tiers = Object.keys(TIERS).join(', ');
  return {
    text: `unknown tier ${unknown.join(', ')}; the tiers are ${tiers}, and --help tells of each\n`,
    exitCode: EXIT_USAGE,
  };
}

/** Ends the process with the answer, if there is one. */
export function endWith(answer) {
  if (answer === null) return;
  (answer.exitCode === 0 ? process.stdout : process.stderr).write(answer.text);
  process.exit(answer.exitCode);
}

function asksForHelp(args) {
  return args.includes('--help') || args.includes('-h');
}
