import { CLOSE_CODES, serverText, type CloseName, type ServerMessage } from '@waymark/protocol';
import { WebSocket } from 'ws';

/**
 * A WebSocket as the play module uses it: typed text messages, and a close that first says why (`bye`) and cannot hang: a peer that does
 * not answer the close frame is cut off after CLOSE_ANSWER_MS.
 */
const CLOSE_ANSWER_MS = 2_000;
/** A close frame's reason may have 123 bytes. */
const REASON_BYTES_MAX = 123;

export interface CloseDetails {
  readonly retryAfterMs?: number;
  readonly endpoint?: string;
}

export function sendText(socket: WebSocket, message: ServerMessage): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(serverText(message));
}

/** Says bye and closes with the code of `name`. Nothing happens when the socket is closing already. */
export function closeSocket(socket: WebSocket, name: CloseName, reason: string, details: CloseDetails = {}): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  const { code } = CLOSE_CODES[name];
  sendText(socket, { type: 'bye', code, reason, ...details });
  socket.close(code, cutReason(reason));
  const timer = setTimeout(() => socket.terminate(), CLOSE_ANSWER_MS);
  socket.once('close', () => clearTimeout(timer));
}

function cutReason(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= REASON_BYTES_MAX ? reason : bytes.subarray(0, REASON_BYTES_MAX).toString().replace(/\uFFFD+$/, '');
}
