import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { pages, type Page } from './pages.ts';

/**
 * Writes the pages of docs/ that are made from tables. `--check` writes nothing and ends with 1 when a committed page differs.
 *
 *   node_modules/.bin/node --conditions=waymark-source tools/docs/main.ts [--check]
 */
for (const page of pages()) {
  const file = new URL(`../../${page.path}`, import.meta.url);
  const text = await formatted(page, file);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${page.path} is not what tools/docs/main.ts writes; run it and commit the result.`);
    process.exitCode = 1;
  }
}

async function formatted(page: Page, file: URL): Promise<string> {
  return format(page.text, { ...(await resolveConfig(file)), parser: 'markdown' });
}
