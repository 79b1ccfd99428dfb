// The equity curve: uPlot with the page's own colours, honest gaps, UTC times and a tooltip.
import { formatAxisUsd, formatClock, formatDay, formatMinute, formatUsd } from '/format.js';
import uPlot from '/uplot.js';

const HEIGHT_PX = 232;
const DAY_S = 86_400;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function timeLabels(_plot, ticks) {
  const span = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0);
  return ticks.map((tick) => {
    const atMs = tick * 1000;
    if (tick % DAY_S === 0) return formatDay(atMs).slice(5);
    return span < 300 ? formatClock(atMs) : formatMinute(atMs);
  });
}

/** Keeps a flat line in the middle and a small move small: at least 0.1 % of the value is shown. */
function valueRange(_plot, low, high) {
  if (low === null || high === null) return [0, 1];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.6, Math.abs(middle) * 0.0005, 0.01);
  return [middle - half, middle + half];
}

function tooltipPlugin() {
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  const time = tip.appendChild(document.createElement('span'));
  const value = tip.appendChild(document.createElement('strong'));
  const place = (plot) => {
    const index = plot.cursor.idx;
    const equity = index === null || index === undefined ? null : plot.data[1][index];
    tip.hidden = equity === null || equity === undefined || plot.cursor.left < 0;
    if (tip.hidden) return;
    const atMs = plot.data[0][index] * 1000;
    time.textContent = `${formatDay(atMs)} ${formatClock(atMs)}`;
    value.textContent = `${formatUsd(equity)} USD`;
    const left = plot.valToPos(plot.data[0][index], 'x');
    const isRight = left > plot.over.clientWidth / 2;
    tip.style.left = isRight ? '' : `${left + 12}px`;
    tip.style.right = isRight ? `${plot.over.clientWidth - left + 12}px` : '';
    // Beside the line, not over it.
    const isHigh = plot.valToPos(equity, 'y') < plot.over.clientHeight / 2;
    tip.style.top = isHigh ? '' : '4px';
    tip.style.bottom = isHigh ? '4px' : '';
  };
  return { hooks: { init: (plot) => plot.over.append(tip), setCursor: place } };
}

function optionsFor(width) {
  const line = colour('--accent');
  const axis = {
    stroke: colour('--muted'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
    grid: { stroke: colour('--line'), width: 1 },
  };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, fill: line } },
    scales: { x: { time: true }, y: { range: valueRange } },
    axes: [
      { ...axis, grid: { show: false }, values: timeLabels, space: 72, size: 30 },
      {
        ...axis,
        size: 64,
        gap: 6,
        space: 44,
        values: (_plot, ticks) => {
          const step = ticks.length > 1 ? ticks[1] - ticks[0] : 1;
          return ticks.map((tick) => formatAxisUsd(tick, step));
        },
      },
    ],
    series: [
      {},
      {
        stroke: line,
        width: 2,
        fill: colour('--accent-wash'),
        spanGaps: false,
        points: { show: (plot) => plot.data[0].length < 3, size: 6 },
      },
    ],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    plugins: [tooltipPlugin()],
  };
}

/**
 * Draws into the element; `show` takes columns of times (ms) and equity (null breaks the line).
 * The plot is made anew when the colour scheme changes, since canvas knows no style sheet.
 */
export function createChart(element) {
  let columns = { timesMs: [], equityUsd: [] };
  let plot;
  const aligned = () => [columns.timesMs.map((time) => time / 1000), columns.equityUsd];
  const hasCurve = () => columns.equityUsd.filter((value) => value !== null).length > 1;
  const build = () => {
    plot?.destroy();
    plot = undefined;
    element.classList.toggle('drawn', hasCurve());
    if (hasCurve()) plot = new uPlot(optionsFor(element.clientWidth), aligned(), element);
  };
  new ResizeObserver(() => {
    plot?.setSize({ width: element.clientWidth, height: HEIGHT_PX });
  }).observe(element);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', build);
  return {
    show(next) {
      columns = next;
      if (plot) plot.setData(aligned());
      else build();
    },
  };
}
