import { readFileSync } from 'node:fs';
import type { Setting } from './setting.ts';

/**
 * Settings that hold a password may come from a file that NAME_FILE names: what Docker and Kubernetes mount as secrets. Read once, at start.
 * Called by load-config.ts.
 */
const CHARS_MAX = 16_384;

/** Text of a setting, and what to call it: the variable itself, or the one that names the file. */
export interface FoundText {
  readonly name: string;
  readonly text: string;
  readonly path: string | undefined;
}

export type FoundSetting = FoundText | { readonly name: string; readonly path: string; readonly fault: string };

type Environment = Readonly<Record<string, string | undefined>>;

export const fileNameOf = ({ name }: Setting<unknown>): string => `${name}_FILE`;

/** Undefined when nothing is set. */
export function findText(env: Environment, setting: Setting<unknown>): FoundSetting | undefined {
  const text = env[setting.name]?.trim() ?? '';
  const path = setting.mayBeInFile === true ? (env[fileNameOf(setting)]?.trim() ?? '') : '';
  if (path === '') return text === '' ? undefined : { name: setting.name, text, path: undefined };
  const name = fileNameOf(setting);
  if (text !== '') return { name, path, fault: `${setting.name} is set too; set one of the two` };
  try {
    const held = readFileSync(path, 'utf8');
    if (held.trim() === '') return { name, path, fault: 'the file is empty' };
    if (held.length > CHARS_MAX) return { name, path, fault: `the file has more than ${CHARS_MAX} characters` };
    return { name, text: held.trim(), path };
  } catch (error) {
    return { name, path, fault: `the file cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}
