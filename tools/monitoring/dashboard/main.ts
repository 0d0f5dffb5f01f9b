/**
 * Writes ops/grafana/dashboards/waymark.json. `--check` writes nothing and ends with 1 when the committed file differs.
 *
 *   node_modules/.bin/node --conditions=waymark-source tools/monitoring/dashboard/main.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { grafanaDashboard } from './grafana-json.ts';

const PATH = 'ops/grafana/dashboards/waymark.json';
const file = new URL(`../../../${PATH}`, import.meta.url);
const text = await format(JSON.stringify(grafanaDashboard()), { ...(await resolveConfig(file)), parser: 'json' });
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error(`${PATH} is not what tools/monitoring/dashboard/main.ts writes; run it and commit the result.`);
  process.exitCode = 1;
}
