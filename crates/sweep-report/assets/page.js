// What can be asked of the curves and tables of a report. Without it the page shows drawings, and tables in their own order.
"use strict";

// ---- Data: whole numbers as differences in base64url digits (page/counts.rs), made percents ----

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function percents(text, units) {
  const values = [];
  let [count, rest, shift] = [0, 0, 0];
  for (const character of text) {
    const digit = DIGITS.indexOf(character);
    rest |= (digit & 31) << shift;
    shift += 5;
    if (digit >= 32) continue;
    count += rest & 1 ? -(rest >> 1) : rest >> 1;
    values.push((100 * count) / units);
    [rest, shift] = [0, 0];
  }
  return values;
}

// Mean, lowest and highest of each epoch that all curves have.
function summary(curves) {
  const length = Math.min(...curves.map((curve) => curve.length));
  const of = (choose) => Array.from({ length }, (_, place) => choose(curves.map((curve) => curve[place])));
  if (curves.length === 1) return { values: curves[0] };
  const mean = (all) => all.reduce((sum, value) => sum + value, 0) / all.length;
  return { values: of(mean), low: of((all) => Math.min(...all)), high: of((all) => Math.max(...all)) };
}

// The centred mean over so many epochs; towards both ends of those that there are.
function smoothed(values, epochs) {
  const reach = epochs >> 1;
  if (reach === 0) return values;
  const sums = [0];
  for (const value of values) sums.push(sums[sums.length - 1] + value);
  return values.map((_, place) => {
    const [start, end] = [Math.max(0, place - reach), Math.min(values.length, place + reach + 1)];
    return (sums[end] - sums[start]) / (end - start);
  });
}

// The place of the best value: of equals the first, and any number before NaN, as sweep_job's `beats_on_test` has it.
function bestPlace(values) {
  const beats = (value, best) => value > best || (Number.isNaN(best) && !Number.isNaN(value));
  return values.reduce((best, value, place) => (beats(value, values[best]) ? place : best), 0);
}

// ---- Elements ----

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, action) {
  const made = element("button", { type: "button", class: "quiet" }, text);
  made.addEventListener("click", action);
  return made;
}

const DASHES = { train: "6 4", validation: "1 4", test: "none" };
const percent = (value) => `${value.toFixed(2)} %`;

// A marker as the drawing has it (figures/curves/look.rs), so many times as large.
function marker(form, ink, x, y, scale = 1) {
  const filled = { class: `f-${ink} s-background`, "stroke-width": 1 };
  if (form.disc) return shape("circle", { cx: x, cy: y, r: form.disc * scale, ...filled });
  const at = ([right, down], sign = 1) => `${(x + sign * scale * right).toFixed(1)} ${(y + sign * scale * down).toFixed(1)}`;
  if (form.polygon) return shape("path", { d: `M${form.polygon.map((corner) => at(corner)).join("L")}Z`, ...filled });
  return shape("path", { d: form.strokes.map((end) => `M${at(end, -1)}L${at(end)}`).join(""), class: `s-${ink}`, "stroke-width": 2 });
}

// ---- One figure ----

const MARGIN = { left: 52, right: 22, top: 12, bottom: 40 };
const MOST_BANDS = 12;
// Of so many settings, those without lines stay in the table beside the plot.
const MOST_LISTED = 12;
const DOT = { disc: 3 };
let figures = 0;

class Curves {
  constructor(figure, data) {
    this.number = ++figures;
    this.figure = figure;
    [this.title, this.made_of] = [data.title, data.axes];
    this.parts = data.parts.map((part) => ({ ...part, on: part.name !== "validation" }));
    [this.colours, this.markers] = [data.colours, data.settings.length > 1 ? data.markers : null];
    this.settings = data.settings.map(({ name, jobs }) => ({
      name,
      on: false,
      jobs: jobs.map((job) => ({ name: job.name, curves: job.curves.map((text, part) => percents(text, data.parts[part].units)) })),
    }));
    // Those that are shown at first look as they do in the drawing.
    const shown = data.settings.map(({ shown }, place) => ({ shown, place })).sort((one, other) => other.shown - one.shown);
    shown.forEach(({ place }, rank) => (this.settings[place].look = rank));
    data.settings.forEach(({ shown }, place) => this.show(this.settings[place], shown));
    this.has_repeats = this.settings.some((setting) => setting.jobs.length > 1);
    this.last = Math.max(...this.settings.flatMap((setting) => setting.jobs.flatMap((job) => job.curves.map((curve) => curve.length))));
    this.smoothing = data.smoothing;
    this.each = false;
    this.near = null;
    this.cursor = this.last;
    [this.from, this.to] = [1, this.last];
    this.build();
    this.change();
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  // ---- What is there: controls, plot, words and legend ----

  build() {
    const help = `help-${this.number}`;
    this.plot = element("div", {
      class: "plot", tabindex: 0, role: "slider", "aria-label": `Epoch in ${this.title}`, "aria-describedby": help,
      "aria-valuemin": 1, "aria-valuemax": this.last,
    });
    this.words = element("p", { class: "readout", "aria-live": "polite" });
    const rings = "Rings: the best epoch of a line on the test set, chosen on the test set itself.";
    const keys =
      "Keys in the plot: left and right move through epochs, up and down through lines, b goes to the best epoch, +\u00a0and\u00a0- zoom, 0 shows all. Drag to zoom in.";
    const hints = [element("p", { class: "hint" }, rings), element("p", { class: "hint", id: help }, keys)];
    this.legend = element("div", { class: "legend scroll" });
    const live = element(
      "div", { class: "live" }, element("h4", {}, this.title), this.controls(),
      element("div", { class: "side" }, element("div", {}, this.plot, this.words, ...hints), this.legend),
    );
    this.figure.append(live);
    this.figure.classList.add("has-live");
    this.listen();
  }

  controls() {
    const box = (text, is_on, action) => {
      const input = element("input", { type: "checkbox" });
      input.checked = is_on;
      input.addEventListener("change", () => (action(input.checked), this.change()));
      return element("label", {}, input, ` ${text}`);
    };
    const row = element("div", { class: "controls" });
    row.append(...this.parts.map((part) => box(part.name, part.on, (on) => (part.on = on))));
    if (this.has_repeats) row.append(box("every job", this.each, (on) => (this.each = on)));
    const range = element("input", { type: "range", min: 0, max: 50, value: this.smoothing >> 1 });
    const told = element("output");
    const tell = () => (told.textContent = this.smoothing > 1 ? `${this.smoothing} epochs` : "none");
    range.addEventListener("input", () => ((this.smoothing = 2 * range.valueAsNumber + 1), tell(), this.change()));
    tell();
    this.reset = button("All epochs", () => this.zoom(1, this.last));
    row.append(
      element("label", {}, "smoothing ", range, " ", told), button("Zoom in", () => this.scale(0.5)), button("Zoom out", () => this.scale(2)), this.reset,
    );
    return row;
  }

  showLegend() {
    const parts = this.parts.filter((part) => part.on);
    const head = element("tr", {}, element("th", { scope: "col" }, this.has_repeats ? "mean at epoch " : "at epoch ", (this.at = element("b")), element("small", {}, this.made_of)));
    head.append(...parts.map((part) => element("th", { scope: "col", class: "number" }, this.sample(part, null), part.name)));
    const toggleOf = (setting) => {
      const toggle = button("", () => (this.show(setting, !setting.on), this.change()));
      toggle.append(this.sample(null, setting), setting.name);
      toggle.setAttribute("aria-pressed", setting.on);
      return toggle;
    };
    // Of many settings, those without lines would bury the others.
    const listed = this.settings.filter((setting) => setting.on || this.settings.length <= MOST_LISTED);
    const others = this.settings.filter((setting) => !listed.includes(setting));
    this.rows = listed.map((setting) => {
      const toggle = toggleOf(setting);
      const cells = parts.map(() => element("td", { class: "number" }));
      const row = element("tr", { class: setting.on ? "" : "off" }, element("th", { scope: "row" }, toggle), ...cells);
      for (const kind of ["pointerenter", "focusin"]) row.addEventListener(kind, () => this.pick(setting));
      return { setting, row, cells, parts };
    });
    const all = (on) => () => (this.settings.forEach((setting) => this.show(setting, on)), this.change());
    const focused = [...this.legend.querySelectorAll("button")].indexOf(document.activeElement);
    const top = this.legend.scrollTop;
    const is_open = this.legend.querySelector("details")?.open ?? false;
    const more = element("details", is_open ? { open: "" } : {}, element("summary", {}, `${others.length} more settings`), ...others.map(toggleOf));
    this.legend.replaceChildren(
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...this.rows.map(({ row }) => row))),
      ...(others.length ? [more] : []),
      ...(this.settings.length > 2 ? [element("p", {}, button("All lines", all(true)), " ", button("No lines", all(false)))] : []),
    );
    this.legend.scrollTop = top;
    this.legend.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
  }

  sample(part, setting) {
    const svg = shape("svg", { class: "sweep-figure sample", width: 28, height: 12, "aria-hidden": true });
    const look = { d: "M1 6H27", "stroke-width": 2, "stroke-dasharray": part ? DASHES[part.name] : "none" };
    svg.append(shape("path", { ...look, class: setting ? `s-${this.ink(setting)}` : "s-muted" }));
    if (setting && this.markers) svg.append(marker(this.form(setting), this.ink(setting), 14, 6));
    return svg;
  }

  // ---- How settings are told apart: by a colour and a marker together ----

  ink(setting) {
    return `series-${setting.look % this.colours}`;
  }

  form(setting) {
    return this.markers ? this.markers[setting.look % this.markers.length] : DOT;
  }

  // Shows or hides a setting. It keeps its look, unless a shown one has the same: then it gets the next that is free. Seven colours and
  // eight markers make 56 looks before both repeat.
  show(setting, on) {
    setting.on = on;
    if (!on || !this.markers) return;
    const looks = this.colours * this.markers.length;
    const taken = new Set(this.settings.filter((other) => other.on && other !== setting).map((other) => other.look % looks));
    for (let tries = 0; tries < looks && taken.has(setting.look % looks); tries++) setting.look++;
  }

  // ---- What is asked ----

  listen() {
    const epoch = (event) => {
      const x = event.clientX - this.plot.getBoundingClientRect().left;
      const share = (x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right);
      return Math.round(Math.min(this.to, Math.max(this.from, this.from + share * (this.to - this.from))));
    };
    let start = null;
    this.plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      start = event;
      this.plot.setPointerCapture(event.pointerId);
    });
    this.plot.addEventListener("pointermove", (event) => {
      this.dragged = start && Math.abs(event.clientX - start.clientX) > 6 ? [epoch(start), epoch(event)].sort((a, b) => a - b) : null;
      this.point(epoch(event), event.clientY - this.plot.getBoundingClientRect().top);
    });
    const end = (event) => {
      const dragged = event.type === "pointerup" ? this.dragged : null;
      start = this.dragged = null;
      if (dragged && dragged[1] > dragged[0]) this.zoom(...dragged);
      else this.draw();
    };
    this.plot.addEventListener("pointerup", end);
    this.plot.addEventListener("pointercancel", end);
    this.plot.addEventListener("dblclick", () => this.zoom(1, this.last));
    this.plot.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = Math.max(1, Math.round((this.to - this.from) / 10));
    const move = (epoch) => () => this.move(epoch);
    const action = {
      ArrowLeft: move(this.cursor - 1), ArrowRight: move(this.cursor + 1), PageDown: move(this.cursor - far), PageUp: move(this.cursor + far),
      Home: move(this.from), End: move(this.to), ArrowUp: () => this.step(-1), ArrowDown: () => this.step(1),
      "+": () => this.scale(0.5), "=": () => this.scale(0.5), "-": () => this.scale(2), 0: () => this.zoom(1, this.last),
      Escape: () => this.zoom(1, this.last), b: () => this.near?.best && this.move(this.near.best),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  // To an epoch, and the line that is next to the pointer.
  point(epoch, y) {
    this.cursor = epoch;
    const distance = (line) => Math.abs(this.y(line.strong[epoch - 1]) - y);
    this.near = this.there().reduce((near, line) => (!near || distance(line) < distance(near) ? line : near), null);
    this.draw();
  }

  move(epoch) {
    this.cursor = Math.min(this.last, Math.max(1, epoch));
    const shift = Math.max(0, this.cursor - this.to) - Math.max(0, this.from - this.cursor);
    this.zoom(this.from + shift, this.to + shift);
  }

  // To the next line below or above, as they stand at the epoch.
  step(by) {
    const lines = this.there().sort((one, other) => other.strong[this.cursor - 1] - one.strong[this.cursor - 1]);
    const place = lines.indexOf(this.near);
    this.near = lines[place < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, place + by))] ?? null;
    this.draw();
  }

  // A setting's line on the test set, or on the last part that is shown.
  pick(setting) {
    this.near = this.lines.findLast((line) => line.setting === setting) ?? null;
    this.draw();
  }

  scale(by) {
    const width = Math.min(this.last - 1, Math.max(2, Math.round((this.to - this.from) * by)));
    const from = Math.min(this.last - width, Math.max(1, Math.round(this.cursor - width / 2)));
    this.zoom(Math.max(1, from), Math.max(1, from) + width);
  }

  zoom(from, to) {
    [this.from, this.to] = [Math.max(1, from), Math.min(this.last, to)];
    this.cursor = Math.min(this.to, Math.max(this.from, this.cursor));
    this.draw();
  }

  // ---- The lines ----

  change() {
    this.lines = [];
    this.settings.forEach((setting) => {
      this.parts.forEach((part, number) => {
        if (!setting.on || !part.on) return;
        const add = (name, line) => {
          const strong = smoothed(line.values, this.smoothing);
          const best = part.name === "test" && line.values.length ? bestPlace(line.values) + 1 : null;
          this.lines.push({ ...line, strong, best, part, setting, name: `${name}, ${part.name}` });
        };
        if (this.each) setting.jobs.forEach((job) => add(setting.jobs.length > 1 ? `${setting.name}, ${job.name}` : setting.name, { values: job.curves[number] }));
        else add(setting.name, this.mean(setting, number));
      });
    });
    this.near = this.lines.find((line) => line.name === this.near?.name) ?? null;
    this.showLegend();
    this.draw();
  }

  mean(setting, part) {
    setting.means ??= [];
    return (setting.means[part] ??= summary(setting.jobs.map((job) => job.curves[part])));
  }

  // The lines that go as far as the epoch.
  there() {
    return this.lines.filter((line) => this.cursor <= line.values.length);
  }

  // ---- The drawing ----

  x(epoch) {
    const share = this.to > this.from ? (epoch - this.from) / (this.to - this.from) : 0.5;
    return MARGIN.left + share * (this.width - MARGIN.left - MARGIN.right);
  }

  y(value) {
    return this.height - MARGIN.bottom - ((value - this.low) / (this.high - this.low)) * (this.height - MARGIN.top - MARGIN.bottom);
  }

  draw() {
    this.width = this.plot.clientWidth;
    if (!this.width) return;
    this.height = Math.round(Math.min(460, Math.max(260, this.width * 0.55)));
    this.setRange();
    const svg = shape("svg", { class: "sweep-figure", width: this.width, height: this.height, viewBox: `0 0 ${this.width} ${this.height}`, "aria-hidden": true });
    svg.append(...this.axes());
    if (!this.each && this.lines.length <= 2 * MOST_BANDS) svg.append(...this.lines.filter((line) => line.low).map((line) => this.band(line)));
    if (this.smoothing > 1 && this.lines.length <= 2 * MOST_BANDS) svg.append(...this.lines.map((line) => this.line(line, line.values, { "stroke-width": 0.8, "stroke-opacity": 0.35 })));
    const order = (line) => (line === this.near ? 1 : 0);
    for (const line of [...this.lines].sort((one, other) => order(one) - order(other))) {
      svg.append(this.line(line, line.strong, { "stroke-width": line === this.near ? 3.2 : 1.8, "stroke-dasharray": DASHES[line.part.name], "stroke-linecap": "round" }));
    }
    if (this.markers) svg.append(...this.lines.flatMap((line) => this.along(line)));
    svg.append(...this.lines.flatMap((line) => this.ring(line)), ...this.marks());
    this.plot.replaceChildren(svg);
    this.tell();
  }

  setRange() {
    let [low, high] = [Infinity, -Infinity];
    for (const line of this.lines) {
      for (let epoch = this.from; epoch <= Math.min(this.to, line.values.length); epoch++) {
        low = Math.min(low, (line.low ?? line.values)[epoch - 1]);
        high = Math.max(high, (line.high ?? line.values)[epoch - 1]);
      }
    }
    if (low > high) [low, high] = [0, 100];
    // A range below 4 points would show the chance of single trials as hills.
    const room = Math.max(0.02 * (high - low), (4 - (high - low)) / 2);
    const step = roundStep((high - low + 2 * room) / 12);
    this.low = Math.max(0, Math.floor((low - room) / step) * step);
    this.high = Math.min(100, Math.ceil((high + room) / step) * step);
  }

  axes() {
    const made = [];
    const [right, bottom] = [this.width - MARGIN.right, this.height - MARGIN.bottom];
    const text = (x, y, words, anchor) => shape("text", { x, y, class: "f-muted", "font-size": 12, "text-anchor": anchor }, words);
    for (const value of ticks(this.low, this.high, this.height / 45)) {
      made.push(shape("path", { d: `M${MARGIN.left} ${this.y(value)}H${right}`, class: "s-grid" }), text(MARGIN.left - 7, this.y(value) + 4, value, "end"));
    }
    made.push(shape("path", { d: `M${MARGIN.left} ${bottom}H${right}`, class: "s-axis" }));
    for (const epoch of ticks(this.from, this.to, this.width / 80).filter(Number.isInteger)) {
      made.push(shape("path", { d: `M${this.x(epoch)} ${bottom}v4`, class: "s-axis" }), text(this.x(epoch), bottom + 17, epoch, "middle"));
    }
    const middle = (MARGIN.top + bottom) / 2;
    const label = text(13, middle, "Accuracy (%)", "middle");
    label.setAttribute("transform", `rotate(-90 13 ${middle})`);
    made.push(text((MARGIN.left + right) / 2, bottom + 34, "Epoch", "middle"), label);
    return made;
  }

  // Of the epochs in each pixel the lowest and the highest.
  points(values) {
    const points = [];
    const end = Math.min(this.to, values.length);
    let epoch = this.from;
    while (epoch <= end) {
      const pixel = Math.floor(this.x(epoch));
      let [low, high] = [epoch, epoch];
      for (; epoch <= end && Math.floor(this.x(epoch)) === pixel; epoch++) {
        if (values[epoch - 1] < values[low - 1]) low = epoch;
        if (values[epoch - 1] > values[high - 1]) high = epoch;
      }
      points.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
    }
    return points.map((epoch) => `${this.x(epoch).toFixed(1)} ${this.y(values[epoch - 1]).toFixed(1)}`);
  }

  line(line, values, look) {
    const points = this.points(values);
    if (points.length === 1) points.push(points[0]);
    return shape("path", { d: points.length ? `M${points.join(" ")}` : "", fill: "none", class: `s-${this.ink(line.setting)}`, "data-name": line.name, ...look });
  }

  band(line) {
    const d = `M${[...this.points(line.high), ...this.points(line.low).reverse()].join(" ")}Z`;
    return shape("path", { d: line.values.length < this.from ? "" : d, class: `f-${this.ink(line.setting)}`, "fill-opacity": 0.16 });
  }

  // A few markers along a line, at other places for every setting; fewer where lines are many.
  along(line) {
    const last = Math.min(this.to, line.strong.length) - this.from;
    const count = this.lines.length > 2 * MOST_BANDS ? 2 : 6;
    const shift = (0.5 + 0.618 * line.setting.look) % 1;
    const spread = (place) => Math.round(((place + shift) / count) * last);
    const places = last < 2 * count ? Array.from({ length: Math.max(0, last + 1) }, (_, place) => place) : Array.from({ length: count }, (_, place) => spread(place));
    return places.map((place) => this.from + place).map((epoch) => marker(this.form(line.setting), this.ink(line.setting), this.x(epoch), this.y(line.strong[epoch - 1])));
  }

  // A ring at the best epoch, at the value itself.
  ring(line) {
    if (!line.best || line.best < this.from || line.best > this.to) return [];
    const at = { cx: this.x(line.best), cy: this.y(line.values[line.best - 1]), r: 4.5 };
    return [shape("circle", { ...at, class: `ring f-background s-${this.ink(line.setting)}`, "stroke-width": 2 })];
  }

  // The epoch, the values at it, and what is dragged.
  marks() {
    const made = [];
    const bottom = this.height - MARGIN.bottom;
    if (this.dragged) {
      const [left, right] = this.dragged.map((epoch) => this.x(epoch));
      made.push(shape("rect", { x: left, y: MARGIN.top, width: right - left, height: bottom - MARGIN.top, class: "f-muted", "fill-opacity": 0.2 }));
    }
    made.push(shape("path", { d: `M${this.x(this.cursor)} ${MARGIN.top}V${bottom}`, class: "s-muted", "stroke-dasharray": "3 3" }));
    for (const line of this.there()) {
      made.push(marker(this.form(line.setting), this.ink(line.setting), this.x(this.cursor), this.y(line.strong[this.cursor - 1]), line === this.near ? 1.5 : 1));
    }
    if (this.near && this.cursor <= this.near.values.length) {
      const is_right = this.x(this.cursor) > this.width / 2;
      const look = { x: this.x(this.cursor) + (is_right ? -9 : 9), y: Math.max(MARGIN.top + 12, this.y(this.near.strong[this.cursor - 1]) - 9), "text-anchor": is_right ? "end" : "start" };
      const halo = { class: "f-text s-background", "font-size": 13, "font-weight": 600, "stroke-width": 4, "paint-order": "stroke", "stroke-linejoin": "round" };
      made.push(shape("text", { ...look, ...halo }, `${this.near.name}: ${percent(this.near.values[this.cursor - 1])}`));
    }
    return made;
  }

  // The same in words and in the legend.
  tell() {
    this.at.textContent = this.cursor;
    this.rows.forEach(({ setting, row, cells, parts }) => {
      row.classList.toggle("near", this.near?.setting === setting);
      cells.forEach((cell, number) => {
        const value = this.mean(setting, this.parts.indexOf(parts[number])).values[this.cursor - 1];
        cell.textContent = value === undefined ? "-" : value.toFixed(2);
      });
    });
    this.reset.disabled = this.from === 1 && this.to === this.last;
    this.plot.setAttribute("aria-valuenow", this.cursor);
    this.plot.setAttribute("aria-valuetext", `Epoch ${this.cursor}`);
    const there = this.near && this.cursor <= this.near.values.length ? this.near : null;
    const smooth = this.smoothing > 1 && there ? `, smoothed ${percent(there.strong[this.cursor - 1])}` : "";
    const range = there?.low ? `, jobs ${percent(there.low[this.cursor - 1])} to ${percent(there.high[this.cursor - 1])}` : "";
    const best = there?.best ? `; its best is ${percent(there.values[there.best - 1])} at epoch ${there.best}` : "";
    const words = there ? `${there.name}: ${percent(there.values[this.cursor - 1])}${range}${smooth}${best}` : "point at a line to read it";
    const epochs = this.from > 1 || this.to < this.last ? ` (shown: ${this.from} to ${this.to})` : "";
    const text = `Epoch ${this.cursor}${epochs}: ${words}`;
    if (this.words.textContent !== text) this.words.textContent = text;
  }
}

function roundStep(raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 5, 10].find((factor) => raw / power <= factor + 1e-9);
}

function ticks(low, high, wanted) {
  if (high <= low) return [low];
  const step = roundStep((high - low) / Math.max(1, Math.round(wanted)));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

// ---- Tables that are sorted by their columns ----

const SECONDS = { s: 1, min: 60, h: 3600 };

// Spans of time and numbers by their size, what is nothing last, words after numbers.
function sortKey(text) {
  const times = [...text.matchAll(/([\d.]+) (s|min|h)\b/g)];
  if (times.length) return times.reduce((sum, [, count, unit]) => sum + count * SECONDS[unit], 0);
  const number = /^[-+]?[\d.]+(e[-+]?\d+)?(?= |$)/.exec(text);
  return number ? Number(number[0]) : text;
}

function compared(one, other) {
  const kind = (key) => (key === "-" || key === "" ? 2 : typeof key === "number" ? 0 : 1);
  if (kind(one) !== kind(other)) return { sure: kind(one) - kind(other), free: 0 };
  return { sure: 0, free: typeof one === "number" ? one - other : one.localeCompare(other) };
}

function makeSortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const sort = button(head.textContent, () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...table.tBodies[0].rows].map((row) => ({ row, key: sortKey(row.cells[column].textContent) }));
      rows.sort((one, other) => {
        const { sure, free } = compared(one.key, other.key);
        return sure || sign * free;
      });
      table.tBodies[0].append(...rows.map(({ row }) => row));
    });
    head.replaceChildren(sort);
  });
}

for (const table of document.querySelectorAll(".all-jobs table")) makeSortable(table);
for (const figure of document.querySelectorAll("figure.curves")) {
  new Curves(figure, JSON.parse(figure.querySelector("script").textContent));
}
