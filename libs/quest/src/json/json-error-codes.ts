/**
 * Every way in which a text fails the strict JSON reading, as the stable codes that callers and authors see. The words of each
 * are in docs/quest-format.md; a test holds the two lists equal.
 */
export const JSON_ERROR_CODES = [
  'json-empty',
  'json-end',
  'json-token',
  'json-literal',
  'json-comment',
  'json-comma',
  'json-number',
  'json-string',
  'json-trailing',
  'json-depth',
  'json-fields',
  'duplicate-field',
  'forbidden-field',
  'number-not-finite',
  'lone-surrogate',
] as const;

export type JsonErrorCode = (typeof JSON_ERROR_CODES)[number];
