import { parser } from '@prometheus-io/lezer-promql';
import type { SyntaxNode } from '@lezer/common';

/** What a PromQL expression asks for: its selectors with their matchers, and the labels that it groups or joins by. By Prometheus' own grammar. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

export interface PromqlNames {
  readonly selectors: readonly Selector[];
  /** Of by, without, on, ignoring and group_left or group_right. */
  readonly groupingLabels: readonly string[];
}

/** Grafana's variables for ranges: to the grammar they are no durations. */
const GRAFANA_RANGES = /\$__(rate_interval|range|interval)\b/g;

/** Throws on text that is no PromQL. */
export function promqlNames(expression: string): PromqlNames {
  const text = expression.replace(GRAFANA_RANGES, '5m');
  const selectors: Selector[] = [];
  const groupingLabels: string[] = [];
  const textOf = (node: SyntaxNode): string => text.slice(node.from, node.to);
  parser.parse(text).iterate({
    enter({ name, node, type }) {
      if (type.isError) throw new Error(`no PromQL at character ${node.from}: ${text}`);
      if (name === 'VectorSelector') selectors.push(selectorOf(node, textOf));
      if (name === 'GroupingLabels') groupingLabels.push(...node.getChildren('LabelName').map(textOf));
    },
  });
  return { selectors, groupingLabels };
}

function selectorOf(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const name = node.getChild('Identifier');
  const list = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  const matchers = list.map((matcher) => ({
    label: textOf(matcher.getChild('LabelName')!),
    operator: textOf(matcher.getChild('MatchOp')!) as Matcher['operator'],
    value: textOf(matcher.getChild('StringLiteral')!).slice(1, -1).replaceAll('\\\\', '\\'),
  }));
  if (name === null) throw new Error(`a selector without the name of a metric: ${textOf(node)}`);
  return { metric: textOf(name), matchers };
}
