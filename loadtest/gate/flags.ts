import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { asksForHelp, CommandLineError, parseCommandLine } from '../../tools/command-line/command-line.ts';
import { isScenarioName, SCENARIOS, scenarioFault, type Scenario } from '../scenarios.ts';
import { loadSla, SLA_FILE } from '../sla/load-sla.ts';
import type { Sla } from '../sla/sla.ts';

/** What `npm run sla` was asked for, read and checked before anything is started. A flag that would change nothing is refused: whoever gave it believes that it does. */
export interface Flags {
  readonly scenario: Scenario;
  readonly sla: Sla;
  /** A deployment to be measured, instead of this checkout. */
  readonly target: { readonly url: string; readonly token: string } | null;
  readonly baseline: string | null;
  /** REDIS_URL of the apps under test; empty without. */
  readonly redis: string;
  readonly pairs: number;
  readonly out: string;
}

export const HELP = `npm run sla -- [flags]

  --scenario NAME     ${Object.keys(SCENARIOS).join(', ')}; default sla
  --seconds N         another length of the measuring window; under 15 s there are too few frames for a p99, which is an ERROR
  --redis URL         events travel through this Redis (REDIS_URL of the apps under test); not with --target or --baseline
  --target URL        measure a running deployment by its command app, instead of starting this checkout
  --token-file FILE   with --target: a token of an author who may write quests and operate games
  --baseline REF      compare this checkout with a commit, in pairs of runs one after the other
  --pairs N           with --baseline: how many pairs; default 5, at least baseline.pairsMin of sla.json
  --sla FILE          other thresholds than loadtest/sla.json
  --out FOLDER        where receipt and reports go; default sla-report. Those of an earlier run there are removed first
  --help

Exit codes: 0 PASS, 99 FAIL (the server), 110 INVALID (the machine or the generator), 1 ERROR, 130 interrupted.
An INVALID by noise is tried once more; what the first try said is then kept in first-try.
`;

const FLAGS = {
  scenario: { type: 'string', default: 'sla' },
  seconds: { type: 'string' },
  target: { type: 'string' },
  redis: { type: 'string' },
  'token-file': { type: 'string' },
  baseline: { type: 'string' },
  pairs: { type: 'string' },
  sla: { type: 'string' },
  out: { type: 'string', default: 'sla-report' },
} as const;
const PAIRS_DEFAULT = 5;
/** What RFC 6750 lets a token be made of, so that a header can carry it. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

/** Where reports are to go, of flags that may be wrong otherwise; null when only help is asked for. */
export function outFolder(args: readonly string[]): string | null {
  if (asksForHelp(args, FLAGS)) return null;
  const { out } = parseArgs({ args: [...args], options: FLAGS, strict: false }).values;
  return resolve(typeof out === 'string' && out !== '' ? out : FLAGS.out.default);
}

/** Null when only help is asked for. Throws CommandLineError and SlaError. */
export function readFlags(args: readonly string[]): Flags | null {
  if (asksForHelp(args, FLAGS)) return null;
  const { values } = parseCommandLine(args, FLAGS);
  for (const [flag, value] of Object.entries(values)) {
    if (value === '') throw new CommandLineError(`--${flag} is empty`);
  }
  const scenario = scenarioOf(values.scenario, values.seconds);
  const { baseline, pairs, redis, target } = values;
  const tokenFile = values['token-file'];
  if (target !== undefined && baseline !== undefined) {
    throw new CommandLineError(
      '--target and --baseline exclude each other: a deployment has no other commit to be compared with',
    );
  }
  if (redis !== undefined && (target !== undefined || baseline !== undefined)) {
    throw new CommandLineError(
      '--redis is for the apps that the gate starts: not with --target, and not with --baseline',
    );
  }
  if (tokenFile !== undefined && target === undefined) {
    throw new CommandLineError('--token-file is for --target: the gate has a token of the apps that it starts');
  }
  if (pairs !== undefined && baseline === undefined) throw new CommandLineError('--pairs is for --baseline');
  const sla = loadSla(values.sla === undefined ? SLA_FILE : resolve(values.sla), scenario.name);
  return {
    scenario,
    sla,
    target: target === undefined ? null : deployment(target, tokenFile),
    baseline: baseline ?? null,
    redis: redis ?? '',
    pairs: baseline === undefined ? PAIRS_DEFAULT : pairCount(pairs, sla),
    out: resolve(values.out),
  };
}

function scenarioOf(name: string, seconds: string | undefined): Scenario {
  if (!isScenarioName(name)) {
    throw new CommandLineError(`there is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  }
  const chosen: Scenario = SCENARIOS[name];
  const scenario = seconds === undefined ? chosen : { ...chosen, windowMs: wholeNumber('--seconds', seconds) * 1_000 };
  const fault = scenarioFault(scenario);
  if (fault !== null) throw new CommandLineError(`scenario ${scenario.name}: ${fault}`);
  return scenario;
}

function deployment(url: string, tokenFile: string | undefined): { readonly url: string; readonly token: string } {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CommandLineError(`--target ${url} is no http URL`);
  const { hash, password, search, username } = new URL(url);
  // The address itself is not told: it may hold a password.
  if (`${username}${password}${search}${hash}` !== '') {
    throw new CommandLineError('--target is an address and a path, without a user, a query or a fragment');
  }
  if (tokenFile === undefined)
    throw new CommandLineError('--target needs --token-file: the gate makes quests and games there');
  let token: string;
  try {
    token = readFileSync(tokenFile, 'utf8').trim();
  } catch (error) {
    throw new CommandLineError(`--token-file ${tokenFile} cannot be read: ${(error as Error).message}`);
  }
  if (!TOKEN.test(token)) throw new CommandLineError(`--token-file ${tokenFile} holds no token`);
  return { url: url.replace(/\/+$/, ''), token };
}

/** Fewer than sla.json wants could only end as INVALID, an hour later. */
function pairCount(text: string | undefined, { baseline: { pairsMin } }: Sla): number {
  const pairs = text === undefined ? Math.max(PAIRS_DEFAULT, pairsMin) : wholeNumber('--pairs', text);
  if (pairs < pairsMin)
    throw new CommandLineError(`--pairs ${pairs} is fewer than baseline.pairsMin of sla.json, ${pairsMin}`);
  return pairs;
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new CommandLineError(`${flag} ${text} is no whole number from 1`);
  }
  return value;
}
