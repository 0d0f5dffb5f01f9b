import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { createGenerator } from 'ts-json-schema-generator';

/**
 * Writes the JSON Schemas of the SLA gate's documents from their TypeScript types, so that the two cannot differ. `--check` writes nothing
 * and ends with 1 when a committed schema is not what would be written.
 *
 *   node_modules/.bin/node tools/schemas/main.ts [--check]
 */
interface Generated {
  readonly type: string;
  readonly source: string;
  readonly schema: string;
  readonly title: string;
}

const GENERATED: readonly Generated[] = [
  {
    type: 'SlaFile',
    source: 'loadtest/sla/sla.ts',
    schema: 'loadtest/sla.schema.json',
    title: 'Thresholds of the SLA gate',
  },
  {
    type: 'Measurement',
    source: 'loadtest/measure/measurement.ts',
    schema: 'loadtest/measure/measurement.schema.json',
    title: 'What an instrument of the SLA gate felt',
  },
  {
    type: 'Receipt',
    source: 'loadtest/receipt/receipt.ts',
    schema: 'loadtest/receipt/receipt.schema.json',
    title: 'Receipt of a run of the SLA gate',
  },
  {
    type: 'ComparisonDocument',
    source: 'loadtest/baseline/comparison-document.ts',
    schema: 'loadtest/baseline/comparison.schema.json',
    title: 'Comparison of two commits by the SLA gate',
  },
];

for (const { type, source, schema, title } of GENERATED) {
  const generator = createGenerator({ path: source, type, tsconfig: 'tsconfig.json', skipTypeCheck: true });
  const made = generator.createSchema(type);
  const comment = `Made by tools/schemas/main.ts from ${source}; \`npm run generate\` writes it again.`;
  const file = new URL(`../../${schema}`, import.meta.url);
  const text = await format(JSON.stringify({ title, $comment: comment, ...made }), {
    ...(await resolveConfig(file)),
    parser: 'json',
  });
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${schema} is not what tools/schemas/main.ts writes; run it and commit the result.`);
    process.exitCode = 1;
  }
}
