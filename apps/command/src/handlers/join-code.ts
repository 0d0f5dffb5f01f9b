import type { Random } from '@waymark/base';

/** Crockford's base 32: no I, L, O or U, so that a code can be read aloud. 8 characters are 40 bits of chance. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const JOIN_CODE_CHARS = 8;

export function makeJoinCode(random: Random): string {
  let code = '';
  for (const byte of random.bytes(JOIN_CODE_CHARS)) code += ALPHABET[byte & 31]!;
  return code;
}
