import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi-document.ts';

/**
 * Writes docs/openapi.json. Run it after the tables changed:
 *
 *   node --conditions=waymark-source apps/command/src/openapi/write-openapi.ts
 */
const root = new URL('../../../../', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
await writeFile(new URL('docs/openapi.json', root), `${JSON.stringify(openApiDocument(version), null, 2)}\n`);
