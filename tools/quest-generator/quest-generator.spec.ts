import { readdirSync, readFileSync } from 'node:fs';
import { WAYPOINTS_MAX } from '@waymark/base';
import { checkQuestDocument, compileQuest } from '@waymark/quest';
import { generateQuest } from './write-quest.ts';

const EXAMPLES = new URL('../../examples/quests/', import.meta.url);
const GENERATED: readonly (readonly [file: string, seed: number, waypointCount: number])[] = [
  ['candlemas-lime-kiln-4200.json', 5, 4_200],
  ['silver-lime-kiln-8500.json', 8, 8_500],
];
const exampleText = (file: string): string => readFileSync(new URL(file, EXAMPLES), 'utf8');

describe('the example quests', () => {
  it.each(readdirSync(EXAMPLES).filter((file) => file.endsWith('.json')))('%s is good, without a warning', (file) => {
    const { errors, warnings, stats } = checkQuestDocument(exampleText(file));
    expect({ errors, warnings }).toEqual({ errors: [], warnings: [] });
    expect(stats.treasureCount).toBe(1);
    expect(stats.clueCount).toBeGreaterThanOrEqual(12);
  });

  it.each(GENERATED)('%s is, byte for byte, what seed %d makes with %d waypoints', (file, seed, waypointCount) => {
    expect(generateQuest(seed, waypointCount) === exampleText(file)).toBe(true);
  });

  it.each(readdirSync(EXAMPLES).filter((file) => file.endsWith('.json')))('%s is described in the README', (file) => {
    expect(exampleText('README.md')).toContain(`\`${file}\``);
  });
});

describe('the generator', () => {
  it.each([
    [0, 2],
    [1, 3],
    [0xffff_ffff, 100],
    [77, 2_000],
    [13, WAYPOINTS_MAX],
  ])('makes of seed %d a walk of %d places, each 1 to 3 s from the one before', (seed, waypointCount) => {
    const { content, warnings } = checkQuestDocument(generateQuest(seed, waypointCount));
    expect(warnings).toEqual([]);
    const { places, limits, treasure } = compileQuest(content!, '');
    expect(places.length).toBe(4 * waypointCount);
    expect(treasure.at(-1)).toBe(1);
    const seconds: number[] = [];
    for (let index = 1; index < waypointCount; index++) {
      const [x, y, z] = [0, 1, 2].map((axis) => places[4 * index + axis]! - places[4 * index + axis - 4]!);
      seconds.push(Math.hypot(x!, y!, z!) / limits.maxSpeed);
    }
    expect(Math.min(...seconds)).toBeGreaterThan(1);
    expect(Math.max(...seconds)).toBeLessThan(3);
  });

  it('walks and does not jump about: gentle ground, few sharp turns, a landmark now and then', () => {
    const document = JSON.parse(generateQuest(21, 3_000)) as {
      waypoints: ([number, number, number] | { at: [number, number, number] })[];
    };
    const places = document.waypoints.map((waypoint) => (Array.isArray(waypoint) ? waypoint : waypoint.at));
    let steep = 0;
    let sharp = 0;
    for (let index = 2; index < places.length; index++) {
      const [a, b, c] = [places[index - 2]!, places[index - 1]!, places[index]!];
      const before = [b[0] - a[0], b[1] - a[1]] as const;
      const after = [c[0] - b[0], c[1] - b[1]] as const;
      const metres = Math.hypot(...after);
      if (Math.abs(c[2] - b[2]) / metres > 0.25) steep += 1;
      if ((before[0] * after[0] + before[1] * after[1]) / metres / Math.hypot(...before) < 0.7) sharp += 1;
    }
    expect(steep).toBeLessThan(places.length / 100);
    expect(sharp).toBeLessThan(places.length / 50);
    expect(document.waypoints.filter((waypoint) => !Array.isArray(waypoint)).length).toBeGreaterThan(
      places.length / 60,
    );
  });

  it('makes another quest of another seed', () => {
    expect(generateQuest(1, 50)).not.toBe(generateQuest(2, 50));
  });
});
