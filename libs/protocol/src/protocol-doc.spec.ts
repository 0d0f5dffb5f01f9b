import { readFileSync, readdirSync } from 'node:fs';

import {
  COORDINATE_ABS_MAX_M,
  ENDED_GAME_LINGER_MS,
  FRAME_BYTES_MAX,
  PLAYERS_PER_GAME_MAX,
  SESSION_SECONDS,
  SOCKET_PENDING_MAX,
  SOCKET_STALLED_TICKS_MAX,
  TICKET_SECONDS,
  WINDOW_WAYPOINTS_MAX,
} from '@waymark/base';

import type { CloseName } from './close-codes.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { ERROR_CODES } from './control-messages.ts';
import type { ErrorName } from './control-messages.ts';
import { FRAME_ERROR_CODES } from './frame-error.ts';
import {
  END_REASON,
  EVENT,
  EVENT_TYPE,
  FRAME_KIND,
  GAME_BLOCK,
  GAME_STATUS,
  HEADER,
  MOVE,
  PLAYER,
  REVEAL,
  WAYPOINT,
} from './frame-layout.ts';
import { encodeFrame } from './frame-encoder.ts';
import { toHex } from './golden/hex.ts';
import { SAMPLE_FRAMES } from './golden/sample-frames.ts';
import { WELCOME } from './golden/sample-texts.ts';
import { MOVE_GRACE_MS, MOVE_REST_MS_MAX, MOVE_TOLERANCE, writeMove } from './move.ts';

/** docs/protocol.md says what the code does: every table, every number of its examples, every rule that a test cites. */
const ROOT = new URL('../../../', import.meta.url);
const DOC = readFileSync(new URL('docs/protocol.md', ROOT), 'utf8');
/** The formatter pads the cells of tables; here a row has one space on each side of a cell. */
const LINES = DOC.split('\n').map((line) => (line.startsWith('|') ? `| ${cellsOf(line).join(' | ')} |` : line));

describe('docs/protocol.md', () => {
  it.each([HEADER, GAME_BLOCK, PLAYER, WAYPOINT, EVENT, REVEAL, MOVE])(
    'has each field of the $name at its offset',
    ({ name, bytes, fields }) => {
      const heading = LINES.indexOf(`### ${name}, ${bytes} bytes`);
      expect(heading).toBeGreaterThan(0);
      const rows = tableAfter(heading, '| offset | type | field | meaning |');
      expect(rows.map(([offset, type, field]) => [Number(offset), type, field])).toEqual(
        fields.map(({ offset, type, name: field }) => [offset, type, field]),
      );
    },
  );

  it.each([
    ['kind', '| kind | name | payload |', FRAME_KIND],
    ['status', '| status | name |', GAME_STATUS],
    ['event type', '| type | event |', EVENT_TYPE],
    ['end reason', '| reason | of GameEnded |', END_REASON],
  ])('has the number of each %s', (_, header, numbers) => {
    const rows = tableAfter(0, header).map(([number, name]) => [name, Number(number)]);
    expect(rows).toEqual(Object.entries(numbers));
  });

  it('CL1: has each close code, with its name, whether to retry, what comes then and why', () => {
    const rows = tableAfter(0, '| code | name | retry | then | meaning |');
    const expected = (Object.keys(CLOSE_CODES) as CloseName[]).map((name) => {
      const { code, retryable, action, meaning } = CLOSE_CODES[name];
      return [String(code), name, retryable ? 'yes' : 'no', action, meaning];
    });
    expect(rows).toEqual(expected.sort(([a], [b]) => Number(a) - Number(b)));
  });

  it('names no close code that is not in the table, and the limits that hold', () => {
    const codes = new Set<number>(Object.values(CLOSE_CODES).map(({ code }) => code));
    const named = [...DOC.matchAll(/\b(4[05]\d\d)\b/g)].map(([, code]) => Number(code));
    expect(named.filter((code) => !codes.has(code))).toEqual([]);
    const text = DOC.replaceAll(/\s+/g, ' ');
    for (const sentence of [
      `${FRAME_BYTES_MAX.toLocaleString('en')} bytes in all at most`,
      `player records in the payload, at most ${PLAYERS_PER_GAME_MAX}`,
      `the next ${WINDOW_WAYPOINTS_MAX} waypoints`,
      `up to ${SOCKET_PENDING_MAX} of them wait`,
      `nothing for ${SOCKET_STALLED_TICKS_MAX} ticks in a row`,
      `opens one connection, within ${TICKET_SECONDS} s`,
      `holds for ${SESSION_SECONDS / 86_400} days`,
      `d / (maxSpeed x ${MOVE_TOLERANCE})`,
      `below minus ${MOVE_GRACE_MS / 1_000} s`,
      `holds ${MOVE_REST_MS_MAX / 1_000} s at most`,
      `beyond ${COORDINATE_ABS_MAX_M.toLocaleString('en')} m`,
      `sent ${ENDED_GAME_LINGER_MS / 1_000} s after its end`,
    ])
      expect(text).toContain(sentence);
  });

  it('CL1: has no close code that the gateway never sends', () => {
    const folder = new URL('apps/tick-gateway/src/', ROOT);
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.spec|\.int)\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, folder), 'utf8'))
      .join('\n');
    expect(Object.keys(CLOSE_CODES).filter((name) => !sources.includes(`'${name}'`))).toEqual([]);
  });

  it('TX4: has each error code, whether it is temporary, and why', () => {
    const rows = tableAfter(0, '| code | temporary | meaning |');
    const expected = (Object.keys(ERROR_CODES) as ErrorName[]).map((code) => {
      const { temporary, meaning } = ERROR_CODES[code];
      return [code, temporary ? 'yes' : 'no', meaning];
    });
    expect(rows).toEqual(expected);
  });

  it('FR9: has each frame error with its meaning', () => {
    const rows = tableAfter(0, '| error | meaning |');
    expect(Object.fromEntries(rows)).toEqual(FRAME_ERROR_CODES);
  });

  it('has each member of a welcome, in order', () => {
    const rows = tableAfter(0, '| member | type | meaning |').map(([member]) => member);
    expect(rows).toEqual(Object.keys(WELCOME));
  });

  it.each(SAMPLE_FRAMES.filter(({ name }) => DOC.includes(`<!-- vector: ${name} -->`)))(
    'shows the bytes of "$name" as they are',
    ({ name, meta, content }) => {
      expect(hexAfter(`<!-- vector: ${name} -->`)).toBe(toHex(encodeFrame(meta, content)));
    },
  );

  it('shows two frames and a move', () => {
    expect(DOC.match(/<!-- vector: /g)).toHaveLength(2);
    const marker = /<!-- move: (\S+) (\S+) (\S+) (\S+) -->/.exec(DOC)!;
    const [sequence, x, y, z] = marker.slice(1).map(Number) as [number, number, number, number];
    const view = new DataView(new ArrayBuffer(MOVE.bytes));
    writeMove(view, 0, { sequence, x, y, z });
    expect(hexAfter(marker[0])).toBe(toHex(new Uint8Array(view.buffer)));
  });

  it('has every rule that a test of protocol or client cites, each once', () => {
    const rules = [...DOC.matchAll(/^\*\*([A-Z]{2}\d+)\*\*/gm)].map(([, rule]) => rule!);
    expect(new Set(rules).size).toBe(rules.length);
    const cited = new Set<string>();
    for (const folder of ['libs/protocol/src', 'libs/client/src']) {
      const names = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' });
      for (const name of names.filter((file) => file.endsWith('.ts'))) {
        const text = readFileSync(new URL(`${folder}/${name}`, ROOT), 'utf8');
        for (const [rule] of text.matchAll(/\b(?:HS|TX|FR|SK|ST|EV|RV|MV|RS|LV|LM|BO|CL)\d+\b/g)) cited.add(rule);
      }
    }
    expect(cited.size).toBeGreaterThan(20);
    expect([...cited].filter((rule) => !rules.includes(rule))).toEqual([]);
  });
});

/** The cells of the first table with this header row, after line `from`. */
function tableAfter(from: number, header: string): string[][] {
  const start = LINES.indexOf(header, from);
  expect(start).toBeGreaterThan(0);
  const rows: string[][] = [];
  for (let line = start + 2; LINES[line]?.startsWith('|'); line++) rows.push(cellsOf(LINES[line]!));
  return rows;
}

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The hex of the indented block after a marker, without the notes behind ";". */
function hexAfter(marker: string): string {
  let hex = '';
  for (let line = LINES.indexOf(marker) + 2; LINES[line]?.startsWith('    '); line++)
    hex += LINES[line]!.split(';')[0]!.replaceAll(/\s/g, '');
  return hex;
}
