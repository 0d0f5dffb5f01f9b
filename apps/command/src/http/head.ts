import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { IDEMPOTENCY_KEY_CHARS_MAX } from '@waymark/base';
import type { Actor } from '@waymark/domain';
import { Problem, type PlaceCode } from '@waymark/platform';
import type { CommandContext } from '../handlers/command.ts';
import { ID_PATTERN, ID_RULE } from './dto/rules.ts';
import type { RequestWith } from './fastify-request.ts';

/** What a request says outside its body: path parameters and the headers of commands, checked like everything else. */

const IDEMPOTENCY_KEY = new RegExp(`^[\\x21-\\x7e]{1,${IDEMPOTENCY_KEY_CHARS_MAX}}$`);
const ENTITY_TAG = /^"(\d{1,15})"$/;
const SENT_AT = /^\d{1,14}(\.\d{1,9})?$/;
/** How far a caller's clock may be from ours before its Waymark-Sent-At is a mistake. */
const SENT_AT_OFF_MAX_MS = 24 * 3600 * 1000;

export function commandContext(request: FastifyRequest, by: Actor): CommandContext {
  const { headers } = request;
  return {
    by,
    key: readKey(headers['idempotency-key']),
    sentAt: readSentAt(headers['waymark-sent-at']),
    traceparent: request.traceparent,
  };
}

export function pathId<Parameter extends string>(request: RequestWith<Parameter>, parameter: Parameter): string {
  const id = (request.params as Record<Parameter, string>)[parameter];
  if (!ID_PATTERN.test(id)) throw wrongParameter(parameter, 'wrong-format', `${parameter} must be ${ID_RULE}.`);
  return id;
}

/** The revision that If-Match names: a quoted number, as in ETag. */
export function expectedRevision(request: FastifyRequest): number {
  const sent = request.headers['if-match'];
  if (sent === undefined) throw new Problem('precondition-required', 'If-Match names no revision');
  const match = ENTITY_TAG.exec(sent);
  if (match === null) {
    throw wrongParameter('If-Match', 'wrong-format', 'If-Match must be one revision in quotes, as ETag gave it: "3".');
  }
  return Number(match[1]);
}

function readKey(sent: string | string[] | undefined): string {
  if (sent === undefined) return randomUUID();
  if (typeof sent === 'string' && IDEMPOTENCY_KEY.test(sent)) return sent;
  throw wrongParameter(
    'Idempotency-Key',
    'wrong-format',
    `Idempotency-Key must be 1 to ${IDEMPOTENCY_KEY_CHARS_MAX} visible ASCII characters.`,
  );
}

function readSentAt(sent: string | string[] | undefined): number | undefined {
  if (sent === undefined) return undefined;
  const isNumber = typeof sent === 'string' && SENT_AT.test(sent);
  const ms = Number(sent);
  if (isNumber && Math.abs(ms - Date.now()) <= SENT_AT_OFF_MAX_MS) return ms;
  throw wrongParameter(
    'Waymark-Sent-At',
    isNumber ? 'out-of-range' : 'wrong-format',
    'Waymark-Sent-At must be a time in epoch milliseconds, at most a day from now.',
  );
}

function wrongParameter(parameter: string, code: PlaceCode, detail: string): Problem {
  return new Problem('invalid-request', `${parameter} breaks a rule`, { errors: [{ parameter, code, detail }] });
}
