import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as limits from '@waymark/base';
import { checkQuestDocument, contentHash, JSON_ERROR_CODES, QUEST_ERROR_CODES, QUEST_WARNING_CODES } from './index.ts';
import * as rules from './document/quest-rules.ts';

/** docs/quest-format.md says what the code does: codes, limits, fields, and examples that hold. */
const root = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/quest-format.md', root), 'utf8');

/** Rows of the first table after a heading, as lists of cells. */
function tableAfter(heading: string): string[][] {
  const start = page.indexOf(`${heading}\n`);
  expect(start).toBeGreaterThan(0);
  const rows = page.slice(start).match(/\|[^]*?\n(?!\|)/)![0];
  const cells = rows
    .trim()
    .split('\n')
    .map((row) => row.split('|').slice(1, -1));
  return cells.slice(2).map((row) => row.map((cell) => cell.trim().replaceAll('`', '')));
}

const firstCells = (heading: string): string[] => tableAfter(heading).map(([cell]) => cell!);

describe('docs/quest-format.md', () => {
  it.each([
    ['### The text is not strict JSON', JSON_ERROR_CODES],
    ['### The document is not a quest', QUEST_ERROR_CODES],
    ['## Warnings', QUEST_WARNING_CODES],
  ])('lists each code once and no other: %s', (heading, codes) => {
    expect(firstCells(heading)).toEqual([...codes]);
  });

  it('names every field and no other', () => {
    expect(firstCells('## Fields').sort()).toEqual([...rules.DOCUMENT_FIELDS].sort());
    expect(firstCells('A waypoint is either a bare place `[x, y, z]` or an object:')).toEqual(rules.WAYPOINT_FIELDS);
    for (const field of [...rules.DEFAULTS_FIELDS, ...rules.LIMITS_FIELDS]) expect(page).toContain(`\`${field}\``);
  });

  it('has the limits of libs/base', () => {
    const number = (name: string, { min, max }: rules.NumberRule, value?: number): string[] => [
      name,
      `${min}`,
      `${max}`,
      `${value ?? ''}`,
    ];
    const most = (name: string, max: number): string[] => [name, '', `${max}`, ''];
    expect(tableAfter('## Limits').map((row) => row.slice(0, 4))).toEqual([
      ['waypoints', `${limits.WAYPOINTS_MIN}`, `${limits.WAYPOINTS_MAX}`, ''],
      number('coordinate', rules.COORDINATE),
      number('radius', rules.RADIUS, limits.RADIUS_DEFAULT_M),
      number('points', rules.POINTS, limits.POINTS_DEFAULT),
      most('title', rules.TITLE.charsMax),
      most('description', rules.DESCRIPTION.charsMax),
      most('clue', rules.CLUE.charsMax),
      most('all clues', limits.CLUES_BYTES_MAX),
      number('maxSpeed', rules.MAX_SPEED, limits.MAX_SPEED_DEFAULT_M_PER_S),
      number('durationSeconds', rules.DURATION, limits.DURATION_SECONDS_DEFAULT),
      number('maxPlayers', rules.MAX_PLAYERS, limits.PLAYERS_PER_GAME_DEFAULT),
      most('nesting', limits.JSON_DEPTH_MAX),
      most('fields of one object', limits.JSON_FIELDS_MAX),
      most('body', limits.BODY_BYTES_MAX),
    ]);
    expect(page).toContain(`has the first ${limits.DOCUMENT_ERRORS_MAX}`);
    expect(page).toContain(`and ${rules.CLUE_ENTRY_BYTES} more`);
  });

  it('shows a document that is good', () => {
    const [, example] = /```json\n([^]*?)```/.exec(page)!;
    expect(checkQuestDocument(example!)).toMatchObject({ valid: true, warnings: [] });
  });

  it('prints the hash that the example quest has', () => {
    const text = readFileSync(new URL('examples/quests/lantern-of-saltmarsh.json', root), 'utf8');
    const hash = contentHash(checkQuestDocument(text).content!, (bytes) => createHash('sha256').update(bytes).digest());
    expect(page).toContain(`\`${hash}\``);
  });
});

describe('every code', () => {
  it('is said by some test of this package', () => {
    const specs = ['json/parse-strict-json', 'document/check-quest-document'].map((name) =>
      readFileSync(new URL(`${name}.spec.ts`, import.meta.url), 'utf8'),
    );
    for (const code of [...JSON_ERROR_CODES, ...QUEST_ERROR_CODES, ...QUEST_WARNING_CODES]) {
      expect(specs.some((spec) => spec.includes(code))).toBe(true);
    }
  });
});
