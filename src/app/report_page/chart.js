// A line chart in SVG: axes, legend, and the values under the pointer.

/**
 * A line: `x` ascending, `y` of the same length with null for gaps. `raw`, where given, is drawn
 * faintly behind it; `low` and `high` are the ends of intervals (null where there is none), drawn
 * as bars, or as a band where there are many. `dash` is a pattern of SVG.
 * @typedef {{name: string, colour: string, x: number[], y: (number|null)[], raw?: (number|null)[],
 *   low?: (number|null)[], high?: (number|null)[], dash?: string}} Line
 * @typedef {{title: string, x_label: string, y_label: string, log?: boolean, x_log?: boolean,
 *   lines: Line[]}} Chart
 */

const kWidth = 600;
const kHeight = 280;
/** Lines of more points than this have no dots. */
const kManyPoints = 30;
const kPad = { left: 62, right: 14, top: 10, bottom: 42 };

/** A new SVG element. */
function svg(name, attributes = {}, text = '') {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
}

/** A new HTML element with these children, texts or elements. */
function html(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** A number as a person reads it: `12,500`, `3.214`, `2.5e-5`. */
function number(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    return value.toExponential(2).replace(/\.?0+e/, 'e');
  }
  return value.toLocaleString('en', { maximumSignificantDigits: size >= 1000 ? 7 : 4 });
}

/** About `count` round numbers between two. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((s) => s >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; ++k) {
    found.push(k * step + 0); // no minus before a zero
  }
  return found;
}

/** Powers of ten between two, with 2 and 5 times them where there are few. */
function log_ticks(low, high) {
  const found = [];
  const many = high / low > 1e3;
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power) {
    for (const k of many ? [1] : [1, 2, 5]) {
      const tick = k * 10 ** power;
      if (tick >= low && tick <= high) found.push(tick);
    }
  }
  return found.length > 1 ? found : ticks(low, high, 4);
}

/** From values to places and back, over `values`, which leave a little room. */
function scale(values, from, to, log, room) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [log ? 0.1 : 0, 1];
  if (low === high) [low, high] = low > 0 ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  const f = log ? Math.log : (v) => v;
  const margin = room * (f(high) - f(low));
  const [start, end] = [f(low) - margin, f(high) + margin];
  const inverse = log ? Math.exp : (v) => v;
  return {
    at: (share) => inverse(start + share * (end - start)),
    place: (v) => from + ((f(v) - start) / (end - start)) * (to - from),
    low: inverse(start),
    high: inverse(end),
    marks: log ? log_ticks(inverse(start), inverse(end)) : ticks(start, end, 5),
  };
}

/** The path through points, with gaps where y is null. */
function path(xs, ys, x, y) {
  let out = '';
  let pen = 'M';
  for (let i = 0; i < xs.length; ++i) {
    if (ys[i] === null || !Number.isFinite(y.place(ys[i]))) {
      pen = 'M';
      continue;
    }
    out += `${pen}${x.place(xs[i]).toFixed(1)} ${y.place(ys[i]).toFixed(1)}`;
    pen = 'L';
  }
  return out;
}

function draw_axes(root, chart, x, y) {
  const [bottom, right] = [kHeight - kPad.bottom, kWidth - kPad.right];
  for (const mark of y.marks) {
    const at = y.place(mark);
    root.append(svg('line', { class: 'grid', x1: kPad.left, x2: right, y1: at, y2: at }));
    root.append(svg('text', { x: kPad.left - 6, y: at + 4, 'text-anchor': 'end' }, number(mark)));
  }
  for (const mark of x.marks) {
    const at = x.place(mark);
    root.append(svg('line', { class: 'grid', x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
    root.append(svg('text', { x: at, y: bottom + 17, 'text-anchor': 'middle' }, number(mark)));
  }
  const middle = (kPad.left + right) / 2;
  root.append(svg('text', { x: middle, y: kHeight - 6, 'text-anchor': 'middle' }, chart.x_label));
  const turned = `translate(12 ${(kPad.top + bottom) / 2}) rotate(-90)`;
  root.append(svg('text', { transform: turned, 'text-anchor': 'middle' }, chart.y_label));
}

/** The intervals of a line: a bar at each point, or a band where there are many. */
function interval_marks(line, x, y) {
  const ends = line.x.flatMap((value, i) => {
    const [low, high] = [line.low?.[i] ?? null, line.high?.[i] ?? null];
    if (low === null || high === null) return [];
    return [{ at: x.place(value).toFixed(1), low: y.place(low), high: y.place(high) }];
  });
  if (ends.length <= kManyPoints) {
    const style = `stroke: ${line.colour}`;
    return ends.map(({ at, low, high }) =>
      svg('line', { class: 'bar', style, x1: at, x2: at, y1: low, y2: high }),
    );
  }
  const edge = (side) => ends.map((end) => `${end.at} ${end[side].toFixed(1)}`);
  const d = `M${[...edge('low'), ...edge('high').reverse()].join('L')}Z`;
  return [svg('path', { class: 'band', style: `fill: ${line.colour}`, d })];
}

/** Index of the x nearest to `value`. */
function nearest(xs, value) {
  let [low, high] = [0, xs.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - xs[low - 1] < xs[low] - value ? low - 1 : low;
}

function dot(colour) {
  const mark = html('i');
  mark.style.background = colour;
  return mark;
}

/** Shows a line across the chart and the values there while the pointer is over it. */
function watch_pointer(figure, root, chart, x) {
  const cursor = svg('line', { class: 'cursor', y1: kPad.top, y2: kHeight - kPad.bottom });
  const tip = html('div', 'tip');
  cursor.style.display = tip.style.display = 'none';
  root.append(cursor);
  figure.append(tip);
  root.addEventListener('pointerleave', () => {
    cursor.style.display = tip.style.display = 'none';
  });
  root.addEventListener('pointermove', (event) => {
    const box = root.getBoundingClientRect();
    const share =
      (((event.clientX - box.left) / box.width) * kWidth - kPad.left) /
      (kWidth - kPad.left - kPad.right);
    const wanted = x.at(Math.min(Math.max(share, 0), 1));
    const lines = chart.lines.filter((line) => line.x.length > 0);
    if (lines.length === 0) return;
    const near = lines.map((line) => ({ line, i: nearest(line.x, wanted) }));
    const at = near
      .map(({ line, i }) => line.x[i])
      .reduce((a, b) => (Math.abs(a - wanted) <= Math.abs(b - wanted) ? a : b));
    const rows = near.filter(({ line }) => line.x[0] <= at && at <= line.x[line.x.length - 1]);
    cursor.setAttribute('x1', x.place(at));
    cursor.setAttribute('x2', x.place(at));
    tip.replaceChildren(html('div', '', `${chart.x_label} ${number(at)}`));
    for (const { line, i } of rows) {
      const value = line.y[i];
      const [low, high] = [line.low?.[i] ?? null, line.high?.[i] ?? null];
      const interval = low === null || high === null ? '' : ` (${number(low)} to ${number(high)})`;
      const text = `${line.name}: ${value === null ? 'none' : number(value)}${interval}`;
      tip.append(html('div', '', dot(line.colour), text));
    }
    cursor.style.display = tip.style.display = '';
    const left = event.clientX - figure.getBoundingClientRect().left;
    const on_right = left + tip.offsetWidth + 24 < figure.clientWidth;
    tip.style.left = `${on_right ? left + 14 : left - tip.offsetWidth - 14}px`;
    tip.style.top = '2.6rem';
  });
}

/**
 * Draws a chart as a figure.
 * @param {Chart} chart
 */
function draw_chart(chart) {
  const root = svg('svg', {
    viewBox: `0 0 ${kWidth} ${kHeight}`,
    role: 'img',
    'aria-label': `${chart.title}: ${chart.y_label} along ${chart.x_label}`,
  });
  const all = (key) => chart.lines.flatMap((line) => line[key] ?? []);
  const x = scale(all('x'), kPad.left, kWidth - kPad.right, chart.x_log ?? false, 0);
  const heights = [...all('y'), ...all('low'), ...all('high')];
  const y = scale(heights, kHeight - kPad.bottom, kPad.top, chart.log ?? false, 0.04);
  draw_axes(root, chart, x, y);
  const clip = `clip-${(draw_chart.count = (draw_chart.count ?? 0) + 1)}`;
  const area = svg('clipPath', { id: clip });
  area.append(
    svg('rect', {
      x: kPad.left,
      y: kPad.top,
      width: kWidth - kPad.left - kPad.right,
      height: kHeight - kPad.top - kPad.bottom,
    }),
  );
  const plot = svg('g', { 'clip-path': `url(#${clip})` });
  for (const line of chart.lines) {
    const style = `stroke: ${line.colour}`;
    if (line.raw)
      plot.append(svg('path', { class: 'raw', style, d: path(line.x, line.raw, x, y) }));
  }
  for (const line of chart.lines) {
    const style = `stroke: ${line.colour}`;
    const dash = line.dash ? { 'stroke-dasharray': line.dash } : {};
    plot.append(...interval_marks(line, x, y));
    plot.append(svg('path', { class: 'line', style, ...dash, d: path(line.x, line.y, x, y) }));
    if (line.x.length > kManyPoints) continue;
    line.x.forEach((value, i) => {
      if (line.y[i] === null) return;
      const place = { cx: x.place(value), cy: y.place(line.y[i]), r: 2.5 };
      plot.append(svg('circle', { ...place, style: `fill: ${line.colour}` }));
    });
  }
  root.append(area, plot);
  const legend = html('div', 'legend');
  for (const line of chart.lines) legend.append(html('span', '', dot(line.colour), line.name));
  const figure = html('figure', '', html('h2', '', chart.title), root, legend);
  watch_pointer(figure, root, chart, x);
  return figure;
}
