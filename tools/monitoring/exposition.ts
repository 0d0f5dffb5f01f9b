/** What an app answers at /metrics, read: families with their samples. Strict: a line that is not understood is an error. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

export function readExposition(text: string): readonly Family[] {
  const families: (Family & { readonly samples: Sample[] })[] = [];
  for (const line of text.split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') families.push({ name, help: rest, type: '', samples: [] });
    else if (keyword === 'TYPE') families[families.length - 1] = { ...families.at(-1)!, type: rest };
    else if (line !== '') families.at(-1)!.samples.push(readSample(line));
  }
  return families;
}

function readSample(line: string): Sample {
  const [, name, labelText = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelText.length) {
    const found = LABEL.exec(labelText);
    if (found === null) throw new Error(`not labels: ${labelText}`);
    labels[found[1]!] = found[2]!;
  }
  return { name, labels, value: Number(value) };
}
