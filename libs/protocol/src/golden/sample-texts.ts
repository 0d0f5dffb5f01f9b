import type { TextErrorCode } from '../control-parser.ts';
import type { ServerMessage, WelcomeMessage } from '../control-messages.ts';
import { NOON } from './sample-frames.ts';

/** Text messages of the golden vectors: valid ones, and texts with what a strict reader says of them. */

export const WELCOME: WelcomeMessage = {
  type: 'welcome',
  protocol: 'waymark.v1',
  session: 'b3c0e1a4-5d6f-4a7b-8c9d-0e1f2a3b4c5d',
  sessionToken: 'eyJhbGciOiJIUzI1NiJ9.e30.c2Vzc2lvbg',
  epoch: '0d9f6a52-3f1e-4c1b-9a55-1f0f6f7a8b90',
  gameId: '7a1d0c9e-2b3f-4e5a-8d6c-1b2a3c4d5e6f',
  playerId: 'ada',
  row: 0,
  profile: 'delta',
  questId: 'c5a4f1de-9b8a-4c7d-a6e5-f4d3c2b1a099',
  questVersion: 1,
  contentHash: 'sha256-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  order: 'sequential',
  waypointCount: 12,
  maxSpeed: 12,
  status: 'running',
  startsAt: null,
  startedAt: NOON + 1_000,
  endsAt: NOON + 3_601_000,
  tickPeriodMs: 150,
  tick: 480,
  serverTime: NOON + 72_010.25,
  heartbeatMs: 15_000,
  resumeWindowEvents: 1_000,
  drainJitterMs: 5_000,
  limits: { messageBytes: 1_024, messagesPerSecond: 50 },
  roster: [
    { row: 0, playerId: 'ada', name: 'Ada', present: true },
    { row: 1, playerId: 'ben', name: 'Бен 🧭', present: true },
  ],
  resumed: null,
};

const SERVER_MESSAGES: readonly ServerMessage[] = [
  WELCOME,
  { ...WELCOME, resumed: { recovered: true, fromRevision: 5, events: 2 } },
  { ...WELCOME, session: null, sessionToken: null, playerId: null, row: null, profile: 'full' },
  {
    type: 'error',
    code: 'move-too-fast',
    message: 'that is 41.0 m in 0.4 s; 12 m/s is the limit here',
    temporary: true,
    sequence: 43,
  },
  { type: 'error', code: 'reach-refused', message: 'the game is paused', temporary: true },
  { type: 'clock', clientTime: 1_024.5, serverTime: NOON + 72_020.5 },
  { type: 'bye', code: 4001, reason: 'draining', retryAfterMs: 250, endpoint: 'ws://127.0.0.1:3001' },
  { type: 'bye', code: 4503, reason: 'the game has ended' },
];

interface InvalidText {
  readonly text: string;
  readonly error: TextErrorCode;
  readonly pointer: string;
}

const INVALID_CLIENT: readonly InvalidText[] = [
  { text: '', error: 'not-json', pointer: '' },
  { text: 'clock', error: 'not-json', pointer: '' },
  { text: '[]', error: 'not-object', pointer: '' },
  { text: 'null', error: 'not-object', pointer: '' },
  { text: '{"clientTime":1}', error: 'unknown-type', pointer: '/type' },
  { text: '{"type":"chat","text":"hello"}', error: 'unknown-type', pointer: '/type' },
  { text: '{"type":"clock"}', error: 'missing-field', pointer: '/clientTime' },
  { text: '{"type":"clock","clientTime":"1"}', error: 'wrong-type', pointer: '/clientTime' },
  { text: '{"type":"clock","clientTime":1e999}', error: 'wrong-type', pointer: '/clientTime' },
  { text: '{"type":"clock","clientTime":1,"extra":0}', error: 'unknown-field', pointer: '/extra' },
  { text: '{"type":"clock","clientTime":1,"clientTime":2}', error: 'duplicate-field', pointer: '' },
  { text: '{"type":"bye","type":"clock","clientTime":1}', error: 'duplicate-field', pointer: '' },
  { text: '{"type":"clock","clientTime":1,"__proto__":0}', error: 'unknown-field', pointer: '/__proto__' },
  { text: `{"type":"clock","clientTime":1${' '.repeat(1_024)}}`, error: 'too-long', pointer: '' },
];

const INVALID_SERVER: readonly InvalidText[] = [
  { text: '{', error: 'not-json', pointer: '' },
  { text: '{"type":"hello"}', error: 'unknown-type', pointer: '/type' },
  { text: '{"type":"clock","clientTime":1}', error: 'missing-field', pointer: '/serverTime' },
  { text: '{"type":"bye","code":"4001","reason":"draining"}', error: 'wrong-type', pointer: '/code' },
  { text: JSON.stringify({ ...WELCOME, limits: undefined }), error: 'missing-field', pointer: '/limits' },
  { text: JSON.stringify({ ...WELCOME, protocol: 'waymark.v2' }), error: 'wrong-type', pointer: '/protocol' },
  { text: JSON.stringify({ ...WELCOME, row: -1 }), error: 'wrong-type', pointer: '/row' },
  {
    text: JSON.stringify({ ...WELCOME, roster: [{ row: 0, playerId: 'ada', name: 'Ada' }] }),
    error: 'missing-field',
    pointer: '/roster/0/present',
  },
];

export const SAMPLE_TEXTS = {
  client: {
    valid: [{ text: '{"type":"clock","clientTime":1024.5}', message: { type: 'clock', clientTime: 1_024.5 } }],
    invalid: INVALID_CLIENT,
  },
  server: {
    valid: SERVER_MESSAGES.map((message) => ({ text: JSON.stringify(message), message })),
    invalid: INVALID_SERVER,
  },
} as const;
