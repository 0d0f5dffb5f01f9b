import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The rules of ops/prometheus, their tests, and the queries of the dashboard, as the tests beside this want them. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Rule {
  /** Of a recorded series; of an alert it is undefined. */
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface AlertCase {
  readonly name: string;
  readonly alert: string;
  readonly fires: boolean;
  /** Of every series that is fed in, as a selector. */
  readonly series: readonly string[];
}

export interface NamedQuery {
  readonly where: string;
  readonly expression: string;
}

export const filesOf = (pattern: string): string[] => globSync(pattern, { cwd: ROOT }).sort();
const yamlOf = (file: string): unknown => parse(readFileSync(join(ROOT, file), 'utf8'));

export function readRules(): readonly Rule[] {
  return filesOf('ops/prometheus/rules/*.yml').flatMap((file) =>
    (yamlOf(file) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules),
  );
}

interface TestFile {
  readonly tests: readonly {
    readonly name: string;
    readonly input_series: readonly { readonly series: string }[];
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
}

export function readAlertCases(): readonly AlertCase[] {
  return filesOf('ops/prometheus/tests/*.yml').flatMap((file) =>
    (yamlOf(file) as TestFile).tests.flatMap(({ alert_rule_test: cases, input_series: input, name }) =>
      cases.map(({ alertname: alert, exp_alerts: expected }) => ({
        name,
        alert,
        fires: expected.length > 0,
        series: input.map(({ series }) => series),
      })),
    ),
  );
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query: unknown }[];
  };
}

/** Grafana's own question for the values of a label: the series that have it, and the label. */
const LABEL_VALUES = /^label_values\((.+), (\w+)\)$/;

/** Every expression of rules, and of dashboards: of their panels, and of what they mark and let choose. */
export function readQueries(): readonly NamedQuery[] {
  const ofRules = readRules().map(({ alert, expr, record }) => ({
    where: `rule ${alert ?? record}`,
    expression: expr,
  }));
  const ofDashboards = filesOf('ops/grafana/dashboards/*.json').flatMap((file) => {
    const { annotations, panels, templating } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as Dashboard;
    return [
      ...panels.flatMap(({ targets = [], title }) =>
        targets.map(({ expr }) => ({ where: `panel ${title}`, expression: expr })),
      ),
      ...annotations.list.map(({ expr, name }) => ({ where: `annotation ${name}`, expression: expr })),
      ...templating.list
        .filter(({ type }) => type === 'query')
        .map(({ name, query }) => ({ where: `variable ${name}`, expression: valuesAsked(query) })),
    ];
  });
  return [...ofRules, ...ofDashboards];
}

/** As PromQL. */
function valuesAsked(query: unknown): string {
  const text = (query as { readonly query: string }).query;
  const [, series, label] = LABEL_VALUES.exec(text) ?? [];
  if (series === undefined) throw new Error(`a variable asks for what is not understood here: ${text}`);
  return `count by (${label}) (${series})`;
}
