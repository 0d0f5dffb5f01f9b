import { BucketTally } from '@waymark/base';
import type { Described, LabelledTally } from './pulled-metrics.ts';

/**
 * Histograms in Prometheus' text format. prom-client has none that is read elsewhere, and makes each line of the rest anew at every scrape: the
 * command app's 660 bucket lines took it 1.7 ms, in which no command is answered. Here all of a line but its number is made once.
 */
export class TallyText {
  private readonly head: string;
  private readonly name: string;
  private readonly app: string;
  private readonly read: () => BucketTally | readonly LabelledTally[];
  /** Of each histogram, its lines up to the number: a bucket each, the one above all edges, sum and count. */
  private readonly starts = new Map<BucketTally, readonly string[]>();

  constructor(metric: Described & { readonly read: () => BucketTally | readonly LabelledTally[] }, app: string) {
    this.name = metric.name;
    this.app = app;
    this.read = metric.read;
    this.head = `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} histogram\n`;
  }

  write(): string {
    const read = this.read();
    let text = this.head;
    if (read instanceof BucketTally) text += this.lines(read, NO_LABELS);
    else for (const { labels, tally } of read) text += this.lines(tally, labels);
    return text;
  }

  private lines(tally: BucketTally, labels: Readonly<Record<string, string>>): string {
    let starts = this.starts.get(tally);
    if (starts === undefined) this.starts.set(tally, (starts = this.startsOf(tally, labels)));
    const { counts } = tally;
    let text = '';
    let count = 0;
    for (let i = 0; i < counts.length; i++) {
      count += counts[i]!;
      text += `${starts[i]}${count}\n`;
    }
    return `${text}${starts[counts.length]}${tally.sum}\n${starts[counts.length + 1]}${count}\n`;
  }

  private startsOf(tally: BucketTally, labels: Readonly<Record<string, string>>): readonly string[] {
    const own = Object.entries({ ...labels, app: this.app }).map(([label, value]) => `${label}="${escaped(value)}"`);
    const edges = [...Array.from(tally.edges, String), '+Inf'];
    return [
      ...edges.map((edge) => `${this.name}_bucket{${[...own, `le="${edge}"`].join(',')}} `),
      `${this.name}_sum{${own.join(',')}} `,
      `${this.name}_count{${own.join(',')}} `,
    ];
  }
}

const NO_LABELS = {};

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
