import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { WAYPOINTS_MAX } from '@waymark/base';
import { checkQuestDocument } from '@waymark/quest';
import { generateQuest } from './write-quest.ts';

/**
 * Makes a quest out of a seed: the examples of 4,200 and 8,500 waypoints, and any other for trials and load tests. What it writes has passed
 * the document check without a warning.
 */
const HELP = `Usage: node --conditions=waymark-source tools/quest-generator/main.ts --seed N --waypoints N [--out FILE]

  --seed N        a whole number from 0 to 4294967295; the same seed gives the same bytes
  --waypoints N   how many waypoints, 2 to ${WAYPOINTS_MAX}
  --out FILE      where to write; without it, to standard output
  --help          this text
`;

function main(): void {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      waypoints: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return void process.stdout.write(HELP);
  const seed = wholeNumber('--seed', values.seed, 0, 0xffff_ffff);
  const waypointCount = wholeNumber('--waypoints', values.waypoints, 2, WAYPOINTS_MAX);
  const text = generateQuest(seed, waypointCount);
  const { errors, warnings } = checkQuestDocument(text);
  const [remark] = [...errors, ...warnings];
  if (remark !== undefined) throw new Error(`the generated quest is not good: ${remark.pointer}: ${remark.detail}`);
  if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number {
  const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`${name} must be a whole number from ${min} to ${max}${text === undefined ? '' : `, not "${text}"`}`);
}

try {
  main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`quest-generator: ${message.replaceAll('\n', ' ')}\n`);
  process.exitCode = 1;
}
