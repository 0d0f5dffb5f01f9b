import { CLOSE_CODES, serverText, type CloseName, type ServerMessage } from '@waymark/protocol';
import { WebSocket } from 'ws';

/** A WebSocket as the play module uses it: typed text messages, and a close that first says why (`bye`). */

/** A peer that does not answer the close frame is cut off after this: an option of the server (wiring/play-adapter.ts). */
export const CLOSE_ANSWER_MS = 2_000;
/** A close frame's reason may have 123 bytes. */
const REASON_BYTES_MAX = 123;

export interface CloseDetails {
  readonly retryAfterMs?: number;
  readonly endpoint?: string;
}

export function sendText(socket: WebSocket, message: ServerMessage): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(serverText(message));
}

/** Says bye and closes with the code of `name`. */
export function closeSocket(socket: WebSocket, name: CloseName, reason: string, details: CloseDetails): void {
  const { code } = CLOSE_CODES[name];
  sendText(socket, { type: 'bye', code, reason, ...details });
  socket.close(code, cutReason(reason));
}

function cutReason(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= REASON_BYTES_MAX
    ? reason
    : bytes
        .subarray(0, REASON_BYTES_MAX)
        .toString()
        .replace(/\uFFFD+$/, '');
}
