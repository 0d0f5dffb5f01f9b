/* global document, window, ResizeObserver, uPlot */
/**
 * Runs in the report page: draws what plots.ts made into the figures that html.ts laid out. Written into the page as it stands, behind uPlot,
 * so it has no imports, and the page needs no other file.
 */
const plots = JSON.parse(document.getElementById('plot-data').textContent);
const PLOT_HEIGHT_PX = 280;
const FONT = '13px system-ui, sans-serif';
const INK = '#1b1b1b';
const GRID = { stroke: '#e3e3e3', width: 1 };
const LIMIT_COLOUR = '#b00020';
const SHADE_COLOUR = 'rgba(230, 159, 0, 0.18)';

for (const plot of plots) draw(plot, document.getElementById(`plot-${plot.id}`));
document.documentElement.dataset.drawn = String(plots.length);

function draw(plot, place) {
  const chart = new uPlot(
    optionsOf(plot, place.clientWidth),
    [plot.x, ...plot.series.map((series) => series.y)],
    place,
  );
  // On paper and in a narrower window the plot is as wide as its place.
  new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: PLOT_HEIGHT_PX })).observe(place);
}

function optionsOf(plot, width) {
  return {
    width,
    height: PLOT_HEIGHT_PX,
    cursor: { points: { size: 7 }, drag: { x: true, y: false } },
    legend: { live: true },
    scales: {
      x: {
        time: false,
        distr: plot.xLog ? 3 : 1,
        range: plot.series.some((series) => series.kind === 'bars')
          ? (_, min, max) => [min - 0.6, max + 0.6]
          : undefined,
      },
      y: { distr: plot.yLog ? 3 : 1, range: rangeOf(plot) },
    },
    axes: [axis(plot.xLabel), axis(plot.yLabel)],
    series: [{ label: plot.xLabel, value: (_, value) => short(value) }, ...plot.series.map(seriesOf)],
    // One upon the other: the taller area is drawn first, so that none hides another.
    bands: plot.series.flatMap((series, index) =>
      series.kind === 'area' && index > 0 ? [{ series: [index + 1, index], fill: `${series.colour}99` }] : [],
    ),
    hooks: { drawClear: [(chart) => shade(chart, plot)], draw: [(chart) => limit(chart, plot)] },
  };
}

function seriesOf(series, index) {
  const base = {
    label: series.label,
    stroke: series.colour,
    width: 1.75,
    spanGaps: false,
    value: (_, value, __, at) => short(series.own !== undefined && at !== null ? series.own[at] : value),
    points: { show: false },
  };
  switch (series.kind) {
    case 'dashed':
      return { ...base, dash: [6, 4] };
    case 'bars':
      return { ...base, width: 0, fill: series.colour, paths: uPlot.paths.bars({ size: [0.8, 40] }) };
    case 'area':
      return { ...base, width: 1, fill: index === 0 ? `${series.colour}99` : undefined };
    case 'points':
      return { ...base, paths: () => null, points: { show: true, size: 4, fill: series.colour, width: 0 } };
    default:
      return base;
  }
}

function axis(label) {
  return {
    label,
    labelFont: FONT,
    font: FONT,
    stroke: INK,
    grid: GRID,
    ticks: GRID,
    values: (_, values) => values.map((value) => (value === null ? '' : short(value))),
  };
}

/** Limits are always in sight, and an empty plot still has an axis. */
function rangeOf(plot) {
  const limits = plot.limits.map(({ y }) => y);
  return (_, min, max) => {
    const low = Math.min(min ?? Infinity, ...limits);
    const high = Math.min(plot.yMax ?? Infinity, Math.max(max ?? -Infinity, ...limits));
    if (!Number.isFinite(low)) return plot.yLog ? [0.1, 10] : [0, 1];
    if (plot.yLog) return uPlot.rangeLog(low / 1.2, plot.yMax ?? high * 1.3, 10, false);
    return [0, high === 0 ? 1 : high * 1.08];
  };
}

function shade(chart, { shaded }) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = SHADE_COLOUR;
  for (const [from, until] of shaded) {
    const left = chart.valToPos(from, 'x', true);
    ctx.fillRect(left, bbox.top, chart.valToPos(until, 'x', true) - left, bbox.height);
  }
  ctx.restore();
}

function limit(chart, { limits }) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = LIMIT_COLOUR;
  ctx.fillStyle = LIMIT_COLOUR;
  ctx.lineWidth = 2 * window.devicePixelRatio;
  ctx.setLineDash([8 * window.devicePixelRatio, 5 * window.devicePixelRatio]);
  ctx.font = `600 ${12 * window.devicePixelRatio}px system-ui, sans-serif`;
  for (const [index, { label, y }] of limits.entries()) {
    // Two limits may lie close together: their names stand at both ends.
    const atLeft = index % 2 === 1;
    ctx.textAlign = atLeft ? 'left' : 'right';
    // On whole pixels, or it blurs.
    const at = Math.round(chart.valToPos(y, 'y', true));
    ctx.beginPath();
    ctx.moveTo(bbox.left, at);
    ctx.lineTo(bbox.left + bbox.width, at);
    ctx.stroke();
    ctx.fillText(label, atLeft ? bbox.left + 6 : bbox.left + bbox.width - 6, at - 5 * window.devicePixelRatio);
  }
  ctx.restore();
}

function short(value) {
  if (value === null || value === undefined) return '-';
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 1 ? 1 : 3)));
}
