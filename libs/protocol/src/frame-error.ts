/** Why bytes are not a frame of waymark.v1 (rule FR9 of docs/protocol.md lists them in the order in which they are looked for). */
export const FRAME_ERROR_CODES = {
  truncated: 'fewer bytes than a header',
  oversize: 'more bytes than a frame may have',
  'bad-magic': 'the first four bytes are not "WMK1"',
  'unknown-kind': 'a kind that waymark.v1 does not have',
  'bad-flags': 'a flag bit that is reserved, or that this kind does not have',
  'wrong-payload-bytes': 'payloadBytes is not the number of bytes behind the header',
  'wrong-count': 'counts and lengths do not add up to the payload, or pass a limit',
  'bad-value': 'a value outside its range: not finite, reserved and not zero, an unknown number, rows out of order',
  'bad-utf8': 'text that is not well-formed UTF-8',
} as const;
export type FrameErrorCode = keyof typeof FRAME_ERROR_CODES;

/** Bytes that are not a frame. The reader throws nothing else, whatever it is given. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly code: FrameErrorCode;
  /** Name of the field, for example "players[2].x". */
  readonly field: string;
  /** Where the field starts, bytes from the start of the frame. */
  readonly offset: number;

  constructor(code: FrameErrorCode, field: string, offset: number) {
    super(`${code}: ${FRAME_ERROR_CODES[code]} (${field} at byte ${offset})`);
    this.code = code;
    this.field = field;
    this.offset = offset;
  }
}
