import { Problem } from '@waymark/platform';
import { questDocument } from '../testing/command-process.ts';
import { QuestWorker } from './quest-worker.ts';

describe('the quest worker', () => {
  let worker: QuestWorker;
  beforeEach(() => {
    worker = new QuestWorker({ idleMs: 60 });
  });
  afterEach(() => worker.close());

  const bytesOf = (document: unknown) => Buffer.from(JSON.stringify(document));
  const check = (document: unknown, lint = false) => worker.check(bytesOf(document), { lint });

  it('gives content and hash of a good document, and the faults of a bad one', async () => {
    expect(await check(questDocument())).toMatchObject({
      kind: 'checked',
      check: { valid: true },
      quest: { content: { waypointCount: 3 }, contentHash: expect.stringMatching(/^sha256-/) },
    });
    expect(await check({ title: 'T' })).toMatchObject({ kind: 'checked', check: { valid: false }, quest: null });
    expect(await worker.check(Buffer.of(0x7b, 0xff), { lint: false })).toMatchObject({
      kind: 'checked',
      check: { valid: false, errors: [{ pointer: '', line: 1, column: 2, code: 'not-utf8' }], errorCount: 1 },
      quest: null,
    });
    expect(worker.counts).toMatchObject({ checked: 3, refused: 2 });
  });
  it('answers many at once, each with its own', async () => {
    const counts = Array.from({ length: 30 }, (_, i) => i + 1);
    const reports = await Promise.all(counts.map((count) => check(questDocument(count))));
    expect(reports.map((report) => report.kind === 'checked' && report.check.stats.waypointCount)).toEqual(counts);
    expect(worker.counts.threadsStarted).toBe(1);
  });
  it('refuses more than a bounded number', async () => {
    const checks = Array.from({ length: 65 }, () => check(questDocument(100)));
    await expect(checks[64]).rejects.toMatchObject({ slug: 'overloaded', retryAfterSeconds: 1 });
    await Promise.all(checks.slice(0, 64));
  });
  it('ends its thread when there is nothing to do, and starts another when there is', async () => {
    await check(questDocument());
    const ended = performance.now() + 5_000;
    while (worker.isWarm && performance.now() < ended) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(worker.isWarm).toBe(false);
    expect(await check(questDocument())).toMatchObject({ check: { valid: true } });
    expect(worker.counts.threadsStarted).toBe(2);
  });
  it('fails what is under way when it is closed, and takes nothing after it', async () => {
    const underWay = check(questDocument(5_000));
    await worker.close();
    await expect(underWay).rejects.toBeInstanceOf(Problem);
    await expect(check(questDocument())).rejects.toMatchObject({ slug: 'shutting-down' });
  });
});
