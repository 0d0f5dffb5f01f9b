import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUBPROTOCOL } from '@waymark/protocol';
import { sampleWelcome } from '@waymark/testing';
import { WebSocketServer } from 'ws';
import type { Measurement } from '../measure/measurement.ts';
import { k6Binary } from './k6-binary.ts';
import { K6Run } from './run-k6.ts';

/** The script in k6 itself, against a server that answers each connection of its one player as it is told. */
const FRAME = new Uint8Array(64);

describe('a player that k6 holds', () => {
  let directory: string;
  let server: WebSocketServer;
  let connections: number;
  let binary: string;
  beforeAll(async () => {
    binary = await k6Binary();
  }, 240_000);
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'waymark-k6-'));
    connections = 0;
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => SUBPROTOCOL });
    await new Promise((resolve) => server.once('listening', resolve));
  });
  afterEach(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
    rmSync(directory, { recursive: true, force: true });
  });

  /** `welcomes`: whether the nth connection, from 1, gets its welcome before a frame. */
  async function measured(welcomes: (connection: number) => boolean): Promise<Measurement> {
    server.on('connection', (client) => {
      connections += 1;
      const isWelcomed = welcomes(connections);
      // Long enough for k6 to have queued its "open": what it loses is for this test to say.
      setTimeout(() => {
        if (isWelcomed) client.send(JSON.stringify(sampleWelcome()));
        client.send(FRAME);
      }, 300);
    });
    const fromMs = Date.now() + 3_000;
    const run = await K6Run.start({
      binary,
      directory,
      plan: {
        runId: 'run-1',
        gatewayUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
        profile: 'delta',
        fromMs,
        untilMs: fromMs + 500,
        graceMs: 200,
        tickPeriodMs: 150,
        tickBudgetMs: 35,
        vus: 1,
        players: [{ player: 0, gameId: 'game-1', session: 'session' }],
        witness: null,
      },
    });
    await run.ended();
    return run.measurement({ cores: 0, rssBytes: 0 });
  }

  const WITHOUT_WELCOME = '1 of 1 players of user 1 had no welcome when the window began';

  it('connects anew when k6 has lost its welcome', async () => {
    const { faults, players } = await measured((connection) => connection > 1);
    expect(connections).toBe(2);
    expect(faults).not.toContain(WITHOUT_WELCOME);
    expect(players).toMatchObject([{ player: 0, closedWith: null }]);
  }, 60_000);

  it('stays with the connection that welcomes it', async () => {
    await measured(() => true);
    expect(connections).toBe(1);
  }, 60_000);

  it('of a server that never sends a welcome is a fault that says so, after three connections', async () => {
    const { faults } = await measured(() => false);
    expect(connections).toBe(3);
    expect(faults).toContain(WITHOUT_WELCOME);
  }, 60_000);
});
