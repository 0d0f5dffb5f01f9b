/** How a bot walks: straight to where it wants to be, at its own pace, never faster than it is allowed. Pure. */
export type Point = readonly [x: number, y: number, z: number];

/** Where somebody is after `seconds` at `speed` (m/s) on the way from `from` to `to`; exactly `to` once it is within reach. */
export function walk(from: Point, to: Point, speed: number, seconds: number): Point {
  const left = distance(from, to);
  const step = speed * seconds;
  if (left <= step) return to;
  const share = step / left;
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** A point near a waypoint that is not its middle: people stop where they see it, each at another place. `side` and `share` in [0, 1). */
export function near(at: Point, radius: number, side: number, share: number): Point {
  const away = radius * 0.6 * share;
  const angle = side * 2 * Math.PI;
  return [at[0] + Math.cos(angle) * away, at[1] + Math.sin(angle) * away, at[2]];
}
