import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { until } from '@waymark/testing';
import { launchChromium } from '../../tools/needs/chromium.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { changeWitness } from '../testing/tampering.ts';
import { htmlReport } from './html.ts';
import { plotsOf } from './plots.ts';

const receipt = sampleReceipt(
  changeWitness(
    simulatedRun({
      frame: ({ lagMs, player, second, tick }) =>
        player === 47 && tick % 25 === 0 ? lagMs + 60 : second === 22 ? lagMs + 22 : lagMs,
    }),
    [22],
    { tickLateMaxMs: 25 },
  ),
);

/** How far two colours may be apart, over three channels: lines are drawn with soft edges. */
const COLOUR_SLACK = 24;
/** A line over the width of a plot has hundreds of pixels, a single point a dozen. */
const PIXELS_MIN = 8;
/** Of a dashed line from side to side; its name alone has fewer. */
const LIMIT_PIXELS_MIN = 200;

let dir: string;
let browser: Browser;
let page: Page;
const complaints: string[] = [];
const asked: string[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-page-'));
  writeFileSync(join(dir, 'report.html'), htmlReport(receipt));
  browser = await launchChromium();
  const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(pathToFileURL(join(dir, 'report.html')).href);
  // The first time, the browser may have to be installed.
}, 300_000);
afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('the report page in a browser without a network', () => {
  it('asks for nothing but itself and complains about nothing', async () => {
    expect(complaints).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await page.evaluate('document.documentElement.dataset.drawn')).toBe(String(plotsOf(receipt).length));
  });

  it('shows the reasons first, in sight without scrolling, and names the worst player, game and second', async () => {
    const reasons = page.locator('#reasons');
    expect(await reasons.textContent()).toContain('player 47 of game g-0047 had 16 of 400 frames late');
    expect(await page.locator('#worst').textContent()).toMatch(
      /player 47 of game g-0047.*the worst in second \d+; worst second of all: \d+/,
    );
    const place = (await reasons.boundingBox())!;
    const table = (await page.locator('#budgets').boundingBox())!;
    const plots = (await page.locator('.plots').boundingBox())!;
    expect(place.y + place.height).toBeLessThan(450);
    expect(table.y).toBeGreaterThan(place.y);
    expect(plots.y).toBeGreaterThan(table.y);
  });

  it.each(plotsOf(receipt).map((plot) => [plot.id, plot] as const))(
    'has a plot in which every line is drawn: %s',
    async (id, plot) => {
      for (const series of plot.series.filter(
        ({ label, y }) => label !== 'steal' && y.some((value) => value !== null && value !== 0),
      )) {
        expect(`${series.label}: ${await coloured(id, series.colour)}`).toMatch(/: (\d{2,}|[89])$/);
      }
      if (plot.limits.length > 0)
        expect(await coloured(id, '#b00020')).toBeGreaterThan(LIMIT_PIXELS_MIN * plot.limits.length);
      expect((await page.locator(`#plot-${id} canvas`).boundingBox())!.width).toBeGreaterThan(400);
      expect(await page.locator(`#plot-${id}`).getAttribute('aria-label')).toContain(plot.caption);
    },
  );

  it('has plots of lag over time, players, pauses, CPU and memory', () => {
    const ids = plotsOf(receipt).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['lag-over-time', 'lag-of-players', 'gc-pauses', 'cpu', 'memory']));
  });

  it('draws the worst player over the limit and the others under it', async () => {
    const limitAt = await rowOf('lag-of-players', '#b00020', 'first');
    expect(await rowOf('lag-of-players', '#0072b2', 'first')).toBeLessThan(limitAt);
    expect(await rowOf('lag-of-players', '#0072b2', 'last')).toBeGreaterThan(limitAt);
  });

  it('is no wider than a narrow window', async () => {
    await page.setViewportSize({ width: 420, height: 800 });
    // Asked from outside: the page's own rules forbid what waitForFunction does inside of it.
    const width = (): Promise<number> => page.evaluate('document.querySelector("#plot-cpu canvas").clientWidth');
    await until('the plots are as narrow', async () => (await width()) < 420);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(420);
    await page.setViewportSize({ width: 1280, height: 900 });
  });
});

/** How many pixels of a plot have a colour. */
async function coloured(id: string, colour: string): Promise<number> {
  return (await rowsOf(id, colour)).length;
}

async function rowOf(id: string, colour: string, which: 'first' | 'last'): Promise<number> {
  const rows = await rowsOf(id, colour);
  expect(rows.length).toBeGreaterThanOrEqual(PIXELS_MIN);
  return which === 'first' ? rows[0]! : rows.at(-1)!;
}

function rowsOf(id: string, colour: string): Promise<number[]> {
  // Text, because it runs in the page and not here.
  return page.evaluate(`(() => {
    const canvas = document.querySelector('#plot-${id} canvas');
    const wanted = [1, 3, 5].map((at) => parseInt('${colour}'.slice(at, at + 2), 16));
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const rows = [];
    for (let at = 0; at < data.length; at += 4) {
      const off = wanted.reduce((sum, value, channel) => sum + Math.abs(value - data[at + channel]), 0);
      if (data[at + 3] > 200 && off <= ${COLOUR_SLACK}) rows.push(Math.floor(at / 4 / canvas.width));
    }
    return rows;
  })()`);
}
