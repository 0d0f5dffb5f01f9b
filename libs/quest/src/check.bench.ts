import { createHash } from 'node:crypto';
import { WAYPOINTS_MAX } from '@waymark/base';
import { checkQuestDocument, compileQuest, contentHash, parseStrictJson } from './index.ts';

/**
 * What a quest document costs whoever checks it: the whole check (text to content), the hash and the compilation, for documents of bare places
 * and for the fattest kind (an object with all fields for each waypoint); what a small body costs; and what hostile bodies of 2 MiB cost.
 * The least time is what the work takes while nobody else has the core. `--smoke` runs each twice, to show that it still runs.
 */

const smoke = process.argv.includes('--smoke');
const runs = smoke ? 2 : 60;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

function bareDocument(waypointCount: number): string {
  const waypoints = Array.from({ length: waypointCount }, (_, index) => place(index));
  return JSON.stringify({ title: 'Bare', ...BOUNDS, waypoints });
}

function fatDocument(waypointCount: number): string {
  const waypoints = Array.from({ length: waypointCount }, (_, index) => ({
    at: place(index),
    radius: 0.5,
    points: 10 + (index % 90),
    clue: index % 2 === 0 ? 'Under the old oak.' : 'Übers Wasser.',
    treasure: index === waypointCount - 1,
  }));
  return JSON.stringify({ title: 'Fat', ...BOUNDS, waypoints });
}

const BOUNDS = { defaults: { radius: 0.5 }, limits: { maxSpeed: 100, durationSeconds: 86_400 } };

/** Far enough from the place before it that the lint has nothing to say. */
function place(index: number): [number, number, number] {
  const turn = index / 50;
  return [index * 2.37 - 10_000, Math.sin(turn) * 4_000, 100 + Math.cos(turn * 0.7) * 80].map(
    (metres) => Math.round(metres * 100) / 100,
  ) as [number, number, number];
}

function measure(name: string, unit: 'ms' | 'us', work: () => unknown, batch = 1): void {
  for (let run = 0; run < runs / 4; run++) for (let once = 0; once < batch; once++) work();
  const scale = unit === 'ms' ? 1 : 1_000;
  const times = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    for (let once = 0; once < batch; once++) work();
    times[run] = ((performance.now() - start) / batch) * scale;
  }
  times.sort();
  const at = (fraction: number): string =>
    times[Math.min(runs - 1, Math.floor(runs * fraction))]!.toFixed(2).padStart(8);
  process.stdout.write(`${name.padEnd(46)} least ${at(0)}  p50 ${at(0.5)}  p99 ${at(0.99)} ${unit}\n`);
}

for (const waypointCount of [8_500, WAYPOINTS_MAX]) {
  for (const [kind, text] of [
    ['bare', bareDocument(waypointCount)],
    ['fat', fatDocument(waypointCount)],
  ] as const) {
    const check = checkQuestDocument(text);
    if (check.content === undefined) throw new Error(`the bench document is wrong: ${JSON.stringify(check.errors[0])}`);
    const content = check.content;
    const name = `${waypointCount} ${kind} (${Math.round(text.length / 1024)} KiB)`;
    measure(`${name}: JSON.parse alone`, 'ms', () => JSON.parse(text));
    measure(`${name}: check`, 'ms', () => checkQuestDocument(text));
    measure(`${name}: hash`, 'ms', () => contentHash(content, sha256));
    measure(`${name}: compile`, 'ms', () => compileQuest(content, ''));
    measure(`${name}: check without lint`, 'ms', () => checkQuestDocument(text, { lint: false }));
    const broken = `${text.slice(0, -2)},[1,2,"3"]]}`;
    measure(`${name}: check, one error at the end`, 'ms', () => checkQuestDocument(broken));
  }
}

const smallBodies: readonly string[] = [
  '{"questId":"0198f0c2-6c2f-7cc0-8000-3a1f5f0f3a10","maxPlayers":8,"open":true}',
  '{"waypoint":417,"at":[1042.17,-311.5,86.25]}',
  '{"playerId":"bot-1042","name":"Ada","joinCode":"K7QX-92MD","extra":{"a":[1,2,3],"b":"some more text, with colons: here"}}',
];
for (const body of smallBodies) {
  measure(`small body (${body.length} B): JSON.parse alone`, 'us', () => JSON.parse(body), smoke ? 1 : 1_000);
  measure(`small body (${body.length} B): parseStrictJson`, 'us', () => parseStrictJson(body), smoke ? 1 : 1_000);
}

const MIB = 1024 * 1024;
const hostileBodies: readonly (readonly [name: string, text: string])[] = [
  ['brackets', '['.repeat(2 * MIB)],
  ['one unclosed string of escapes', `["${'\\\\'.repeat(MIB - 2)}`],
  ['numbers', `[${'1,'.repeat(MIB - 1)}1]`],
  ['names in one object', `{${'"a":1,'.repeat((2 * MIB) / 6 - 1)}"a":1}`],
  ['repeated names', `[${'{"a":1,"a":2},'.repeat((2 * MIB) / 14 - 1)}1]`],
  ['lone surrogates', `[${'"\\ud800",'.repeat((2 * MIB) / 9 - 1)}1]`],
  ['numbers beyond a double', `[${'1e999,'.repeat((2 * MIB) / 6 - 1)}1]`],
  ['waypoints with everything wrong', `{"waypoints":[${'{"a":1,"b":2,"radius":0,"clue":7},'.repeat(16_383)}{}]}`],
];
for (const [name, text] of hostileBodies) {
  const few = smoke ? 1 : 5;
  const times: number[] = [];
  for (let run = 0; run < few; run++) {
    const start = performance.now();
    checkQuestDocument(text);
    times.push(performance.now() - start);
  }
  process.stdout.write(
    `hostile, ${(text.length / MIB).toFixed(1)} MiB of ${name}: least ${Math.min(...times).toFixed(0)} ms, most ${Math.max(...times).toFixed(0)} ms\n`,
  );
}
