import type { Socket } from 'node:net';

/**
 * Writes bytes to a TCP socket without the stream machinery of node:net. Measured on Node 24 with 500 sockets: `socket.write` allocates
 * 518 bytes a call (about 400 MB a minute at 13,333 frames a second), this 11 bytes, at three quarters of the CPU time. docs/adr/0003
 * says why that is worth touching what Node calls internal, and what happens where it is missing: canWriteRaw is false and
 * FrameTransport uses `socket.write`.
 *
 * Only whole WebSocket frames may be written, so that they can stand between the frames that the ws library writes through the stream.
 */

/** Called once when a write that could not be finished at once is done; `status` is 0 or a negative error number. */
export type WriteDone = (owner: unknown, status: number) => void;

/** The request object of libuv's stream write, as Node's own net module makes it. */
interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
  owner: unknown;
  done: WriteDone | null;
  /** Kept alive until the kernel has taken it. */
  bytes: Uint8Array | null;
}

interface StreamHandle {
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

export const WRITE_DONE = 0;
/** Part of it waits for the socket: the bytes must stay as they are until `done` is called. */
export const WRITE_PENDING = 1;
export const WRITE_FAILED = 2;

const binding = loadBinding();
let spare: WriteRequest | null = binding === null ? null : newRequest(binding);

/** Whether this socket can be written to this way: plain TCP or a Unix socket, on a Node that has the binding. Asked once a socket. */
export function canWriteRaw(socket: Socket): boolean {
  const kind = handleOf(socket)?.constructor.name;
  return binding !== null && (kind === 'TCP' || kind === 'Pipe');
}

/**
 * Writes `bytes` now, as far as the socket takes them; the caller has asked canWriteRaw. Returns WRITE_DONE, WRITE_PENDING (then `done`
 * is called with `owner` once) or WRITE_FAILED.
 */
export function writeRaw(socket: Socket, bytes: Uint8Array, owner: unknown, done: WriteDone): number {
  const handle = handleOf(socket);
  if (handle === null || binding === null || spare === null) return WRITE_FAILED;
  const request = spare;
  if (handle.writeBuffer(request, bytes) !== 0) {
    // A request that failed half-way may be tied to its write already.
    spare = newRequest(binding);
    return WRITE_FAILED;
  }
  if (binding.streamBaseState[binding.kLastWriteWasAsync] === 0) return WRITE_DONE;
  request.owner = owner;
  request.done = done;
  request.bytes = bytes;
  spare = newRequest(binding);
  return WRITE_PENDING;
}

/** Null once the socket is closed. */
function handleOf(socket: Socket): StreamHandle | null {
  return (socket as unknown as { _handle?: StreamHandle | null })._handle ?? null;
}

function newRequest({ WriteWrap }: StreamBinding): WriteRequest {
  const request = new WriteWrap();
  request.oncomplete = onComplete;
  request.owner = null;
  request.done = null;
  request.bytes = null;
  return request;
}

function onComplete(this: WriteRequest, status: number): void {
  const { owner, done } = this;
  this.owner = null;
  this.done = null;
  this.bytes = null;
  done?.(owner, status);
}

/** Null where this Node does not offer it, in any way that differs from what is relied on here. */
function loadBinding(): StreamBinding | null {
  try {
    const load = (process as unknown as { binding?: (name: string) => Partial<StreamBinding> }).binding;
    const found = load?.call(process, 'stream_wrap');
    if (typeof found?.WriteWrap !== 'function') return null;
    // Not instanceof: under a test runner it is the Int32Array of another realm.
    const isState = Object.prototype.toString.call(found.streamBaseState) === '[object Int32Array]';
    if (!isState || typeof found.kLastWriteWasAsync !== 'number') return null;
    return found as StreamBinding;
  } catch {
    return null;
  }
}
