import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/**
 * JSON against a schema, with faults as a person wants to read them. Shared by the readers of sla.json,
 * measurements and receipts.
 */
export interface SchemaFault {
  /** JSON pointer of the value that is wrong, '' for the whole document. */
  readonly pointer: string;
  readonly rule: string;
}

export type SchemaCheck = (value: unknown) => readonly SchemaFault[];

/** `file` is a JSON Schema of this repository. */
export function schemaCheck(file: URL): SchemaCheck {
  const schema = JSON.parse(readFileSync(file, 'utf8')) as object;
  const validate: ValidateFunction = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(faultOf));
}

function faultOf(error: ErrorObject): SchemaFault {
  const { instancePath, keyword, params, message } = error;
  switch (keyword) {
    case 'additionalProperties':
      return {
        pointer: `${instancePath}/${escapePointer(params['additionalProperty'] as string)}`,
        rule: 'is a field that nobody knows',
      };
    case 'required':
      return { pointer: instancePath, rule: `lacks the field ${params['missingProperty']}` };
    case 'const':
      return { pointer: instancePath, rule: `must be ${JSON.stringify(params['allowedValue'])}` };
    case 'enum':
      return { pointer: instancePath, rule: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}` };
    default:
      return { pointer: instancePath, rule: message ?? `breaks the rule ${keyword}` };
  }
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
