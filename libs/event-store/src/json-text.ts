/** Whether `text` is a JSON value and comes back from UTF-8 as it went in (a lone surrogate would not). */
export function isJsonText(text: string): boolean {
  if (typeof text !== 'string' || !text.isWellFormed()) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
