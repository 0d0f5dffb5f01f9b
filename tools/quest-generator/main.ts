import { writeFileSync } from 'node:fs';
import { WAYPOINTS_MAX } from '@waymark/base';
import { checkQuestDocument } from '@waymark/quest';
import { asksForHelp, CommandLineError, parseCommandLine, wholeNumber } from '../command-line/command-line.ts';
import { generateQuest } from './write-quest.ts';

/**
 * Makes a quest out of a seed: the examples of 4,200 and 8,500 waypoints, and any other for trials and load tests. What it writes has passed
 * the document check without a warning.
 */
const HELP = `node_modules/.bin/node --conditions=waymark-source tools/quest-generator/main.ts --seed N --waypoints N [--out FILE]

  --seed N        a whole number from 0 to 4294967295; the same seed gives the same bytes
  --waypoints N   how many waypoints, 2 to ${WAYPOINTS_MAX}
  --out FILE      where to write; without it, to standard output
  --help

Exit codes: 0 the quest is written, 1 it could not be, or the flags are wrong.
`;

const OPTIONS = { seed: { type: 'string' }, waypoints: { type: 'string' }, out: { type: 'string' } } as const;

function main(): void {
  const args = process.argv.slice(2);
  if (asksForHelp(args, OPTIONS)) return void process.stdout.write(HELP);
  const { values } = parseCommandLine(args, OPTIONS);
  const seed = wholeNumber('--seed', given('--seed', values.seed), 0, 0xffff_ffff);
  const waypointCount = wholeNumber('--waypoints', given('--waypoints', values.waypoints), 2, WAYPOINTS_MAX);
  const text = generateQuest(seed, waypointCount);
  const { errors, warnings } = checkQuestDocument(text);
  const [remark] = [...errors, ...warnings];
  if (remark !== undefined) throw new Error(`the generated quest is not good: ${remark.pointer}: ${remark.detail}`);
  if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
}

function given(flag: string, text: string | undefined): string {
  if (text === undefined) throw new CommandLineError(`say ${flag}; --help tells what it may be`);
  return text;
}

try {
  main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`quest-generator: ${message.replaceAll('\n', ' ')}\n`);
  process.exitCode = 1;
}
