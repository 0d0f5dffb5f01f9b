import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Problem } from '@waymark/platform';
import type { RequestWith } from './fastify-request.ts';

/**
 * The API description, and a page to read it by. Both are files: docs/openapi.json is committed (openapi/openapi-document.ts makes it, a test
 * compares them), the page's parts come from swagger-ui-dist. Nothing of it is loaded before somebody asks.
 */
@Controller()
export class DocsController {
  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  async openApi(): Promise<string> {
    return read(new URL('../../../../docs/openapi.json', import.meta.url));
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'")
  page(): string {
    return PAGE;
  }

  @Get('docs/:file')
  async part(@Req() request: RequestWith<'file'>, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const type = PARTS.get(request.params.file);
    if (type === undefined) throw new Problem('not-found', 'the page has no such part');
    reply.header('content-type', type).header('cache-control', 'public, max-age=3600');
    if (request.params.file === 'start.js') return START;
    return read(join(swaggerUiDirectory(), request.params.file));
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

async function read(file: string | URL): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Problem('not-found', 'this installation came without its API description', { cause: error });
  }
}
