import { promqlNames } from './promql-names.ts';

it('finds metrics, matchers and labels, wherever they stand', () => {
  const { groupingLabels, selectors } = promqlNames(`
    histogram_quantile(0.99, sum by (app, le) (rate(waymark_lag_seconds_bucket{outcome=~"a|b", le!="0.035"}[5m])))
      / on (job) group_left (version) waymark_build_info > 3 and absent(up{job="x"})`);
  expect(selectors).toEqual([
    {
      metric: 'waymark_lag_seconds_bucket',
      matchers: [
        { label: 'outcome', operator: '=~', value: 'a|b' },
        { label: 'le', operator: '!=', value: '0.035' },
      ],
    },
    { metric: 'waymark_build_info', matchers: [] },
    { metric: 'up', matchers: [{ label: 'job', operator: '=', value: 'x' }] },
  ]);
  expect(groupingLabels).toEqual(['app', 'le', 'job', 'version']);
});

it('takes no function, keyword or string for a metric', () => {
  const { selectors } = promqlNames(
    'label_replace(rate(a_total[1m] offset 5m), "b", "$1", "c", "(.*)") unless ignoring (d) e',
  );
  expect(selectors.map(({ metric }) => metric)).toEqual(['a_total', 'e']);
});

it('knows recorded names, and the ranges of Grafana', () => {
  const { selectors } = promqlNames('waymark:late:ratio_rate5m + rate(a_total{app="x"}[$__rate_interval])');
  expect(selectors.map(({ metric }) => metric)).toEqual(['waymark:late:ratio_rate5m', 'a_total']);
});

it.each(['a_total{', 'sum by (a) (rate(b[5m])', 'a b', '{__name__="a"}', 'rate(a[$other])'])('refuses %s', (text) => {
  expect(() => promqlNames(text)).toThrow();
});
