import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { metricsPage, type Scraped } from './metrics-page.ts';
import { ROOT } from './rule-files.ts';

/** The page as it is committed. */
export async function formattedPage(scraped: Scraped): Promise<string> {
  const config = await resolveConfig(join(ROOT, 'docs/metrics.md'));
  return format(metricsPage(scraped), { ...config, parser: 'markdown' });
}
