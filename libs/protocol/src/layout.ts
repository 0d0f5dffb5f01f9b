/**
 * Layout descriptors: a list of fields, in wire order, from which every offset is summed once. Writer, reader, golden vectors and the
 * check of docs/protocol.md all take their offsets from the same descriptor, so that they cannot disagree. Everything is little endian
 * and packed: a field starts where the one before it ends.
 */
export type FieldType = 'u8' | 'u16' | 'u32' | 'f32' | 'f64';

export interface Field<Name extends string = string> {
  readonly name: Name;
  readonly type: FieldType;
  /** From the start of the record, bytes. */
  readonly offset: number;
}

export interface Layout<Name extends string = string> {
  readonly name: string;
  /** Size of the fixed part. */
  readonly bytes: number;
  readonly fields: readonly Field<Name>[];
  /** Offset of each field from the start of the record, bytes. */
  readonly at: { readonly [N in Name]: number };
}

const FIELD_BYTES: { readonly [T in FieldType]: number } = { u8: 1, u16: 2, u32: 4, f32: 4, f64: 8 };

/** Sums the offsets of `fields`. Runs at load, never on a hot path. */
export function layout<const Name extends string>(
  name: string,
  fields: readonly (readonly [name: Name, type: FieldType])[],
): Layout<Name> {
  const at = {} as { [N in Name]: number };
  const described: Field<Name>[] = [];
  let offset = 0;
  for (const [field, type] of fields) {
    at[field] = offset;
    described.push({ name: field, type, offset });
    offset += FIELD_BYTES[type];
  }
  return { name, bytes: offset, fields: described, at };
}
