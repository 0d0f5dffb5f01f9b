import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BODY_BYTES_MAX } from '@waymark/base';
import { Problem, shown, unsupportedBody } from '@waymark/platform';
import { parseStrictJson } from '@waymark/quest';
import '../fastify-request.ts';
import { notUtf8 } from './utf8-place.ts';

/**
 * How bodies are read: application/json in UTF-8, at most 2 MiB, strict JSON, and nothing else. Routes marked with keepsBytes get the
 * bytes as they came, because the quest worker reads those documents off the main thread.
 */
export function installJsonParser(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.decorateRequest('bodyText', null);
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_BYTES_MAX },
    (request, bytes, done) => {
      try {
        done(null, readBody(request, bytes as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

/** `charset` is the only parameter that anyone sends; RFC 8259 knows none. */
const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?\s*$/i;

function readBody(request: FastifyRequest, bytes: Buffer): unknown {
  const type = request.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(type)) throw unsupportedBody(type);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new Problem('unsupported-media-type', `the body is compressed (${shown(encoding)})`);
  if (bytes.length === 0) return undefined;
  if (request.routeOptions.config.keepsBytes === true) return bytes;
  if (!isUtf8(bytes)) throw new Problem('malformed-json', 'the body is not UTF-8', { errors: [notUtf8(bytes)] });
  const text = bytes.toString('utf8');
  request.bodyText = text;
  const json = parseStrictJson(text);
  if (json.ok) return json.value;
  throw new Problem('malformed-json', 'the body is not strict JSON', { errors: json.errors });
}
