import { assert } from '@waymark/base';
import { pointerOf, type PathSegment, type PlacedFault } from './places.ts';
import { walkJson, type JsonVisitor } from './walk-json.ts';

/**
 * Finds where in a text the things stand that a check of the parsed value complained about. The paths become a tree, and one walk over
 * the text looks them all up. Only for a text that is JSON.
 */

/** Something to say of a value, or of the name of a member, before its place in the text is known. */
export interface Remark<Code extends string = string> {
  readonly path: readonly PathSegment[];
  readonly anchor: 'value' | 'name';
  readonly code: Code;
  readonly detail: string;
}

export function locateRemarks<Code extends string>(
  text: string,
  depthMax: number,
  remarks: readonly Remark<Code>[],
): PlacedFault<Code>[] {
  const root = new Wanted();
  const wanted = remarks.map(({ path }) => path.reduce((at: Wanted, segment) => at.step(segment), root));
  const stop = walkJson(text, depthMax, new Locator(root));
  assert(stop === undefined, 'remarks are located only in a text that is JSON');
  return remarks.map(({ path, anchor, code, detail }, index) => {
    const offset = anchor === 'name' ? wanted[index]!.nameOffset : wanted[index]!.valueOffset;
    assert(offset >= 0, `every remark is about something in the text, also ${pointerOf(path)}`);
    return { pointer: pointerOf(path), offset, code, detail };
  });
}

/** One step of a path that is looked for. With repeated names the last occurrence stays, as in JSON.parse. */
class Wanted {
  nameOffset = -1;
  valueOffset = -1;
  readonly steps = new Map<PathSegment, Wanted>();

  step(segment: PathSegment): Wanted {
    let step = this.steps.get(segment);
    if (step === undefined) this.steps.set(segment, (step = new Wanted()));
    return step;
  }
}

class Locator implements JsonVisitor {
  /** What is wanted of the open value at each depth; undefined where nothing in it is. */
  private readonly open: (Wanted | undefined)[];

  constructor(root: Wanted) {
    this.open = [root];
  }

  value(start: number, _end: number, path: readonly PathSegment[]): void {
    const depth = path.length;
    if (depth > 0) this.open[depth] = this.open[depth - 1]?.steps.get(path[depth - 1]!);
    const wanted = this.open[depth];
    if (wanted !== undefined) wanted.valueOffset = start;
  }

  name(start: number, _end: number, path: readonly PathSegment[]): void {
    const wanted = this.open[path.length - 1]?.steps.get(path.at(-1)!);
    if (wanted !== undefined) wanted.nameOffset = start;
  }
}
