import type { WelcomeMessage } from '@waymark/protocol';

/** A welcome of a running game with two players, Ada in row 0 reading it; `fields` say what a test is about. */
export function sampleWelcome(fields: Partial<WelcomeMessage> = {}): WelcomeMessage {
  return {
    type: 'welcome',
    protocol: 'waymark.v1',
    session: 'session-1',
    sessionToken: 'session-token-1',
    epoch: 'epoch-1',
    gameId: 'game-1',
    playerId: 'ada',
    row: 0,
    profile: 'delta',
    questId: 'quest-1',
    questVersion: 1,
    contentHash: 'sha256-00',
    order: 'sequential',
    waypointCount: 12,
    maxSpeed: 12,
    status: 'running',
    startsAt: null,
    startedAt: 1_795_435_200_000,
    endsAt: 1_795_438_800_000,
    tickPeriodMs: 150,
    tick: 1,
    serverTime: 1_795_435_200_000,
    heartbeatMs: 15_000,
    resumeWindowEvents: 1_000,
    drainJitterMs: 2_000,
    limits: { messageBytes: 1_024, messagesPerSecond: 50 },
    roster: [
      { row: 0, playerId: 'ada', name: 'Ada', present: true },
      { row: 1, playerId: 'ben', name: 'Ben', present: true },
    ],
    resumed: null,
    ...fields,
  };
}
