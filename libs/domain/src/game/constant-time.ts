/**
 * Whether two texts are equal, in a time that depends only on the length of the first: how early they differ cannot be measured.
 * For join codes; keys and signatures are compared by their libraries.
 */
export function equalInConstantTime(said: string, secret: string): boolean {
  let difference = said.length ^ secret.length;
  for (let i = 0; i < said.length; i++) {
    difference |= said.charCodeAt(i) ^ secret.charCodeAt(secret.length === 0 ? 0 : i % secret.length);
  }
  return difference === 0;
}
