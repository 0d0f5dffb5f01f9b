/** A key cannot be used, or did not come in time. One sentence, with the file or the setting. */
export class KeyringError extends Error {
  override readonly name = 'KeyringError';
}
