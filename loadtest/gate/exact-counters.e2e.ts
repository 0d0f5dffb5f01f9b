import { AuthorClient } from '@waymark/client';
import { buildApps } from '../../tools/e2e/apps.ts';
import { startApps, type AppsUnderTest } from '../companion/apps-under-test.ts';
import { exactCounters } from './exact-counters.ts';
import { deploymentTarget } from './target.ts';

/** What is measured beside the load, against the built apps: the figures without noise, and what a run leaves in a deployment. */
let apps: AppsUnderTest;
beforeAll(async () => {
  await buildApps();
  apps = await startApps();
}, 90_000);
afterAll(() => apps.stop());

describe('the counters without noise', () => {
  it('are the same in each run, and are counted', async () => {
    const made: string[] = [];
    const target = { ...apps, gameMade: (gameId: string) => void made.push(gameId) };
    const first = await exactCounters(target);
    expect(await exactCounters(target)).toEqual(first);
    expect(first).toEqual({
      bytesAFrame: expect.any(Number),
      framesAPlayerAndSecond: Math.round(1e9 / 150) / 1e6,
      allocationsATick: null,
      eventsACommand: 1,
    });
    // A keyframe of 64 waypoints is more than a kilobyte, an event and an idle delta are some dozens of bytes.
    expect(first.bytesAFrame).toBeGreaterThan(100);
    expect(first.bytesAFrame).toBeLessThan(2_000);
    expect(new Set(made).size).toBe(2);
  }, 60_000);
});

describe('a deployment', () => {
  it('is told apart by where its players connect, and keeps no game that the run made', async () => {
    const complaints: string[] = [];
    const target = await deploymentTarget(apps.commandUrl, apps.token, (sentence) => complaints.push(sentence));
    expect(target).toMatchObject({ kind: 'deployment', gatewayUrl: apps.gatewayUrl, apps: null });
    const author = new AuthorClient(apps);
    const { questId } = await author.draft('{"title":"Mine","waypoints":[[0,0,0],[1,1,1]]}');
    await author.publish(questId);
    const { gameId: mine } = await author.createGame({ questId, open: true });
    const { gameId: others } = await author.createGame({ questId, open: true });
    target.gameMade(mine);
    expect(await target.stop()).toEqual([]);
    expect(complaints).toEqual([]);
    await expect(author.start(mine)).rejects.toMatchObject({ problem: 'game-ended' });
    await author.start(others);
  }, 60_000);
});
