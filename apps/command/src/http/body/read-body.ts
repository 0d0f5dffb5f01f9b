import type { FastifyRequest } from 'fastify';
import { getMetadataStorage, isNumber, max, min, validateSync, type ValidationError } from 'class-validator';
import { assert } from '@waymark/base';
import { Problem, type PlaceCode, type ProblemPlace } from '@waymark/platform';
import { locateRemarks, placeFaults, shortName, type Remark } from '@waymark/quest';
import '../fastify-request.ts';

/**
 * From a parsed body to a DTO that keeps its rules. The rules are class-validator decorators on the DTO (http/dto); fields that it does not
 * name are refused before anything is copied, so that no name of the caller's choosing ever reaches the instance. Every fault is told with
 * its place in the text.
 */
type Dto<T extends object> = new () => T;
type ValidationMetadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Json = Readonly<Record<string, unknown>>;

/** Throws the problem of a body that breaks a rule. A body that was not sent is an empty one. */
export function readBody<T extends object>(request: FastifyRequest, dto: Dto<T>): T {
  const sent = request.body;
  const { body, remarks } = checkBody(dto, sent === undefined ? {} : sent);
  if (remarks.length > 0) throw invalidBody(request, remarks);
  return body;
}

/** For commands that say all in their path: no body, or {}. */
export function expectNoBody(request: FastifyRequest): void {
  if (request.body === undefined) return;
  const remarks = isJsonObject(request.body) ? unknownFields(request.body, NO_FIELDS) : [NOT_AN_OBJECT];
  if (remarks.length > 0) throw invalidBody(request, remarks);
}

export interface CheckedBody<T> {
  readonly body: T;
  /** What is wrong with it; then `body` must not be used. */
  readonly remarks: readonly Remark<PlaceCode>[];
}

export function checkBody<T extends object>(dto: Dto<T>, value: unknown): CheckedBody<T> {
  const body = new dto();
  if (!isJsonObject(value)) return { body, remarks: [NOT_AN_OBJECT] };
  const fields = fieldsOf(dto);
  for (const name of fields) {
    if (Object.hasOwn(value, name)) (body as Record<string, unknown>)[name] = value[name];
  }
  const remarks = unknownFields(value, fields);
  for (const error of validateSync(body, { forbidUnknownValues: false, validationError: { target: false } })) {
    remarks.push(...remarksOf(dto, error, value));
  }
  return { body, remarks };
}

const NO_FIELDS: ReadonlySet<string> = new Set();
const NOT_AN_OBJECT: Remark<PlaceCode> = {
  path: [],
  anchor: 'value',
  code: 'wrong-type',
  detail: 'The body is not a JSON object.',
};

const isJsonObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Names that the DTO's decorators speak of. */
function fieldsOf(dto: Dto<object>): ReadonlySet<string> {
  let fields = knownFields.get(dto);
  if (fields === undefined) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    fields = new Set(rules.map((rule) => rule.propertyName));
    knownFields.set(dto, fields);
  }
  return fields;
}

const knownFields = new Map<Dto<object>, ReadonlySet<string>>();

function unknownFields(value: Json, fields: ReadonlySet<string>): Remark<PlaceCode>[] {
  return Object.keys(value)
    .filter((name) => !fields.has(name))
    .map((name) => ({ path: [name], anchor: 'name', code: 'unknown-field', detail: unknownField(name, fields) }));
}

function unknownField(name: string, fields: ReadonlySet<string>): string {
  const known = fields.size === 0 ? 'the body has no fields' : `there are ${[...fields].join(', ')}`;
  return `"${shortName(name)}" is not a field here; ${known}.`;
}

/**
 * Names of class-validator's constraints and the codes that callers see. Of those that failed, the first in this list is told: what a value
 * is comes before how it looks. Those of entries come last, after what is wrong with the array itself.
 */
const CODES: readonly (readonly [constraint: string, code: PlaceCode])[] = [
  ['isString', 'wrong-type'],
  ['isBoolean', 'wrong-type'],
  ['isArray', 'wrong-type'],
  ['isNumberOrString', 'wrong-type'],
  ['arrayMinSize', 'wrong-length'],
  ['arrayMaxSize', 'wrong-length'],
  ['isNumber', 'wrong-type'],
  ['isInt', 'not-an-integer'],
  ['isInstant', 'wrong-format'],
  ['maxLength', 'text-too-long'],
  ['isSomethingToSee', 'text-blank'],
  ['isOneLine', 'control-character'],
  ['matches', 'wrong-format'],
  ['min', 'out-of-range'],
  ['max', 'out-of-range'],
];

function remarksOf(dto: Dto<object>, { constraints = {}, property }: ValidationError, sent: Json): Remark<PlaceCode>[] {
  const value = sent[property];
  if (!Object.hasOwn(sent, property)) {
    return [{ path: [], anchor: 'value', code: 'missing-field', detail: `"${property}" is missing.` }];
  }
  const told = CODES.find(([constraint]) => constraint in constraints);
  assert(told !== undefined, `every constraint has a code, also ${Object.keys(constraints).join(', ')}`);
  const [constraint, code] = told;
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  const ofEntries = rules.filter((rule) => rule.propertyName === property && rule.each);
  if (Array.isArray(value) && ofEntries.some(({ name }) => name === constraint)) {
    return value.flatMap((entry, index) => remarkOfEntry(ofEntries, [property, index], entry));
  }
  return [{ path: [property], anchor: 'value', code, detail: `${constraints[constraint]!}.` }];
}

/** Rules with `each`: class-validator says that some entry breaks one and not which, so that is found here. */
const ENTRY_RULES: readonly {
  readonly constraint: string;
  readonly holds: (entry: unknown, bound: number) => boolean;
  readonly code: PlaceCode;
  readonly must: (bound: number) => string;
}[] = [
  { constraint: 'isNumber', holds: (entry) => isNumber(entry), code: 'wrong-type', must: () => 'be a number' },
  { constraint: 'min', holds: min, code: 'out-of-range', must: (bound) => `be ${bound} or more` },
  { constraint: 'max', holds: max, code: 'out-of-range', must: (bound) => `be ${bound} or less` },
];

function remarkOfEntry(
  rules: readonly ValidationMetadata[],
  path: readonly [property: string, index: number],
  entry: unknown,
): Remark<PlaceCode>[] {
  for (const { code, constraint, holds, must } of ENTRY_RULES) {
    const rule = rules.find(({ name }) => name === constraint);
    const bound = Number(rule?.constraints[0]);
    if (rule === undefined || holds(entry, bound)) continue;
    return [{ path, anchor: 'value', code, detail: `This entry of ${path[0]} must ${must(bound)}.` }];
  }
  return [];
}

function invalidBody(request: FastifyRequest, remarks: readonly Remark<PlaceCode>[]): Problem {
  const { bodyText } = request;
  const errors = bodyText === null ? unplaced(remarks) : placed(bodyText, remarks);
  return new Problem('invalid-request', 'the body breaks a rule', { errors });
}

function placed(text: string, remarks: readonly Remark<PlaceCode>[]): readonly ProblemPlace[] {
  return placeFaults(text, locateRemarks(text, remarks));
}

/** Where there is no text there are no places: an empty body that should not be. */
function unplaced(remarks: readonly Remark<PlaceCode>[]): readonly ProblemPlace[] {
  return remarks.map(({ code, detail }) => ({ pointer: '', code, detail }));
}
