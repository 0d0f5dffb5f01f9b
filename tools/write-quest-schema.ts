import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { questJsonSchema } from '@waymark/quest';

/**
 * Writes docs/quest.schema.json from the rules in libs/quest, so that authors' editors check what the command app checks.
 * `--check` writes nothing and ends with 1 when the committed file is not what would be written.
 *
 *   node_modules/.bin/node --conditions=waymark-source tools/write-quest-schema.ts [--check]
 */
const file = new URL('../docs/quest.schema.json', import.meta.url);
const style = await resolveConfig(file);
const text = await format(JSON.stringify(questJsonSchema), { ...style, parser: 'json' });

if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/quest.schema.json is not what tools/write-quest-schema.ts writes; run it and commit the result.');
  process.exitCode = 1;
}
