import { systemClock } from '@waymark/platform';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { incoherences } from '../judge/coherence.ts';
import type { CommandPart } from '../measure/measurement-part.ts';
import { loadSla } from '../sla/load-sla.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { changeMeasurement } from '../testing/tampering.ts';
import type { CommandsData, FromCommands, PublishMix } from './commands-thread.ts';

const PER_SECOND = 20;
const WINDOW_MS = 1_000;

describe('the thread that sends commands', () => {
  let server: Server;
  /** Of a path and the how many-th of its kind; null: there is no answer, ever. */
  let answer: (path: string, count: number) => string | null;

  beforeEach(async () => {
    const counts = { games: 0, quests: 0 };
    server = createServer((request, response) => {
      const path = request.url!;
      const said = answer(path, counts[path.startsWith('/quests') ? 'quests' : 'games']++);
      request.resume().on('end', () => {
        if (said === null) return;
        response.writeHead(path === '/quests' ? 201 : 200, { 'content-length': said.length }).end(said);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('hands over a measurement that agrees with itself', async () => {
    answer = reached;
    const commands = await measured();
    expect(commands).toMatchObject({ intended: 20, answered: 20, failed: 0, late: 0 });
    expect(commands.acknowledged).toEqual([
      [0, 100],
      [1, 100],
    ]);
    expect(faultsOf(commands)).toEqual([]);
  });

  it('counts what was never answered as late, and agrees with itself', async () => {
    answer = (_path, count) => (count % 5 === 0 ? null : reached());
    const commands = await measured();
    expect(commands).toMatchObject({ intended: 20, answered: 16, failed: 1, late: 4 });
    expect(commands.failures).toEqual(['4 commands had no answer 2000 ms after the last was sent']);
    expect(faultsOf(commands)).toEqual([]);
  });

  it('takes an answer that gives no points for a wrong one', async () => {
    answer = (_path, count) => (count === 3 ? '{}' : reached());
    const commands = await measured();
    expect(commands).toMatchObject({ answered: 20, failed: 1, failures: ['a reach answered 200 without points: {}'] });
    expect(commands.acknowledged).toEqual([
      [0, 100],
      [1, 90],
    ]);
  });

  it.each([
    ['drafts', '/quests'],
    ['publications', '/quests/q-1/publish'],
  ])('counts %s of large quests that were never answered as failed', async (_what, silent) => {
    answer = (path) => (path === silent ? null : path === '/quests' ? '{"questId":"q-1"}' : reached());
    const commands = await measured({ token: 't', eachMs: 500, waypoints: 8 });
    expect(commands).toMatchObject({ intended: 20, answered: 20, failed: 1, late: 0 });
    expect(commands.failures).toEqual(['2 commands had no answer 2000 ms after the last was sent']);
  });

  async function measured(publish: PublishMix | null = null): Promise<CommandPart> {
    const fromMs = systemClock.now() + 300;
    const untilMs = fromMs + WINDOW_MS;
    const workerData: CommandsData = {
      commandUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      games: { gameIds: ['g-0', 'g-1'], playerIds: ['p-0', 'p-1'], tickets: [], quests: 1, waypoints: 40 },
      sessionTokens: ['s-0', 's-1'],
      steps: [
        { fromMs, perSecond: PER_SECOND },
        { fromMs: untilMs, perSecond: 0 },
      ],
      fromMs,
      untilMs,
      // A busy machine makes nothing late here.
      budgetMs: 1_000_000,
      publish,
    };
    const worker = new Worker(new URL('./commands-thread.ts', import.meta.url), {
      workerData,
      execArgv: ['--conditions=waymark-source'],
    });
    try {
      return await new Promise((resolve, reject) => {
        worker.on('error', reject);
        worker.on('message', (message: FromCommands) => {
          if (message.type === 'done') resolve(message.commands);
        });
      });
    } finally {
      await worker.terminate();
    }
  }
});

function reached(): string {
  return '{"revision":3,"position":9,"points":10,"score":10}';
}

/** What rule E3 finds in it, beside players who play no part here. */
function faultsOf({ seconds, sendLateness, ...commands }: CommandPart): readonly string[] {
  const run = simulatedRun({ games: 2, seconds: 1, commandsPerSecond: 0 });
  const sla = loadSla();
  const tolerant = {
    ...sla,
    budgets: { ...sla.budgets, commandP99Ms: { must: 1_000_000, goal: null } },
  };
  const evidence = changeMeasurement(run, 'companion', (m) => ({
    commands,
    generator: { ...m.generator, sendLateness },
    seconds: m.seconds.map((second, n) => ({
      ...second,
      commands: seconds[n]!.commands,
      commandsLate: seconds[n]!.late,
      commandMaxMs: seconds[n]!.maxMs,
    })),
  }));
  return incoherences(tolerant, evidence);
}
