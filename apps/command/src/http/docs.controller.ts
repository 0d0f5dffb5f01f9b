import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Problem } from '@waymark/platform';
import type { RequestWith } from './fastify-request.ts';

/**
 * The API description, and a page to read it by. Both are files: docs/openapi.json is committed (openapi/openapi-document.ts makes it, a test
 * compares them), the page's parts come from swagger-ui-dist. Nothing of it is loaded before somebody asks, and each file once: it is up to
 * 1.5 MB, anybody may ask, and as bytes that are there it costs the event loop nothing.
 */
@Controller()
export class DocsController {
  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  async openApi(): Promise<Buffer> {
    return load(fileURLToPath(new URL('../../../../docs/openapi.json', import.meta.url)));
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'")
  page(): string {
    return PAGE;
  }

  @Get('docs/:file')
  async part(
    @Req() request: RequestWith<'file'>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | string> {
    const type = PARTS.get(request.params.file);
    if (type === undefined) throw new Problem('not-found', 'the page has no such part');
    reply.header('content-type', type).header('cache-control', 'public, max-age=3600');
    if (request.params.file === 'start.js') return START;
    return load(join(swaggerUiDirectory(), request.params.file));
  }
}

const PARTS: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['start.js', 'text/javascript; charset=utf-8'],
]);

const PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Waymark API</title><link rel="stylesheet" href="/docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true });\n`;

const swaggerUiDirectory = (): string =>
  dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const loaded = new Map<string, Promise<Buffer>>();

async function load(file: string): Promise<Buffer> {
  let bytes = loaded.get(file);
  if (bytes === undefined) loaded.set(file, (bytes = readFile(file)));
  try {
    return await bytes;
  } catch (error) {
    loaded.delete(file);
    throw new Problem('not-found', 'this installation came without its API description', { cause: error });
  }
}
