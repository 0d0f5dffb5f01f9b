/**
 * Checks of stored event data, field by field. They are not validation of input (that happened before the event was recorded): they
 * make a log that was written by something else, or damaged, fail where it is read and not somewhere in a fold.
 */
export type FieldCheck = (value: unknown) => boolean;
export type Shape = readonly (readonly [field: string, check: FieldCheck])[];
export type JsonObject = Readonly<Record<string, unknown>>;

export const isText: FieldCheck = (value) => typeof value === 'string';
export const isFlag: FieldCheck = (value) => typeof value === 'boolean';
/** JSON text cannot hold NaN or Infinity, 1e999 parses to Infinity: neither belongs into an event. */
export const isNumber: FieldCheck = (value) => Number.isFinite(value);
export const isCount: FieldCheck = (value) => Number.isInteger(value) && (value as number) >= 0;

export const orNull =
  (check: FieldCheck): FieldCheck =>
  (value) =>
    value === null || check(value);

export const oneOf = (...values: readonly string[]): FieldCheck => {
  const allowed: ReadonlySet<unknown> = new Set(values);
  return (value) => allowed.has(value);
};

export const listOf =
  (check: FieldCheck): FieldCheck =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const tupleOf =
  (...checks: readonly FieldCheck[]): FieldCheck =>
  (value) =>
    Array.isArray(value) && value.length === checks.length && checks.every((check, i) => check(value[i]));

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf =
  (shape: Shape): FieldCheck =>
  (value) =>
    isObject(value) && misshapenField(shape, value) === null;

/** The first field that is missing or wrong, or null. Fields that the shape does not name are let through. */
export function misshapenField(shape: Shape, data: JsonObject): string | null {
  for (let i = 0; i < shape.length; i++) {
    const [field, check] = shape[i]!;
    if (!check(data[field])) return field;
  }
  return null;
}
