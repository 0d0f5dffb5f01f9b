/**
 * What happened to the frames of sockets: plain numbers, written by the fan-out, pulled by metrics. Each socket says in which counts it is
 * counted, so that the gateway's own canary is in none that anybody reads.
 */
export interface FrameCounts {
  stateFramesSent: number;
  eventFramesSent: number;
  revealFramesSent: number;
  bytesSent: number;
  stateFramesSkipped: number;
  slowSockets: number;
  brokenSockets: number;
}

export function createFrameCounts(): FrameCounts {
  return {
    stateFramesSent: 0,
    eventFramesSent: 0,
    revealFramesSent: 0,
    // Minus nought is no small integer to V8, so the field holds a double from the start: at 2^31, after some hours, it would be made one, and
    // all optimised code that touches it thrown away.
    bytesSent: -0,
    stateFramesSkipped: 0,
    slowSockets: 0,
    brokenSockets: 0,
  };
}
