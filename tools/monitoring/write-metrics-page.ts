/**
 * Writes docs/metrics.md from what the built apps answer at /metrics:
 *
 *   node_modules/.bin/node --conditions=waymark-source tools/monitoring/write-metrics-page.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Apps } from '../e2e/apps.ts';
import { formattedPage } from './formatted-page.ts';
import { ROOT } from './rule-files.ts';
import { readScraped, scrapeApps } from './scrape-apps.ts';

const apps = await Apps.start();
try {
  writeFileSync(join(ROOT, 'docs/metrics.md'), await formattedPage(readScraped(await scrapeApps(apps))));
} finally {
  await apps.dispose();
}
