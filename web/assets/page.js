"use strict";

// Draws the chart, reads prices off it, and follows links to other pools and days without reloading the page.
// Without it the page shows the chart as an image, and its links load pages.

const COLOURS = 6;

let plot;
let watcher;
let shown = location.search;

/** A custom property of the style sheet. */
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Millionths of a dollar, with so many digits after the point. */
const dollars = (micros, digits = 6) => (micros / 1e6).toFixed(digits);

/** An instant in seconds, as UTC. */
const utc = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Labels of instants in seconds: days, or times within a day; the year where it is new. */
function dates(instants) {
  let year;
  return instants.map((seconds) => {
    const at = new Date(seconds * 1000);
    const midnight = seconds % 86400 === 0;
    const label = midnight ? `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}` : utc(seconds).slice(11);
    if (!midnight || year === at.getUTCFullYear()) return label;
    year = at.getUTCFullYear();
    return `${label}\n${year}`;
  });
}

/** The value of each line at the instants of all: its price, or null where it is unknown. */
function table(lines, from, to) {
  // A price is drawn up to its end, and is unknown a moment later.
  const since = ({ instants, micros }, index) => instants[index] + (micros[index] === null ? 1 : 0);
  const instants = new Set([from, to]);
  for (const line of lines) {
    line.instants.forEach((at, index) => instants.add(at).add(since(line, index)));
  }
  const all = [...instants].filter((at) => at <= to).sort((one, other) => one - other);
  const prices = (line) => {
    let [next, price] = [0, null];
    return all.map((at) => {
      while (next < line.instants.length && since(line, next) <= at) price = line.micros[next++];
      return price;
    });
  };
  return [all.map((at) => at / 1000), ...lines.map(prices)];
}

function draw() {
  const box = document.querySelector(".plot");
  const source = document.getElementById("prices");
  plot?.destroy();
  watcher?.disconnect();
  plot = undefined;
  if (!box || !source) return;
  const { from, to, lines } = JSON.parse(source.textContent);
  box.hidden = false;
  const keys = document.getElementById("chart-keys");
  keys.hidden = false;
  const values = [...document.querySelectorAll(".legend .value")];
  const axis = {
    stroke: style("--soft"),
    font: "12px Inter, system-ui, sans-serif",
    grid: { stroke: style("--rule"), width: 1 },
    ticks: { stroke: style("--rule"), width: 1, size: 5 },
  };
  const spoken = (price) => (price === null ? "not known" : dollars(price));
  const read = (u) => {
    const index = u.cursor.idx;
    const prices = lines.map((_, line) => (index == null ? undefined : u.data[line + 1][index]));
    prices.forEach((price, line) => (values[line].textContent = price === undefined ? "" : spoken(price)));
    if (index == null) return;
    const all = lines.map(({ name }, line) => `${name}: ${spoken(prices[line])}`).join("; ");
    const text = document.createElement("span");
    text.className = "spoken";
    text.textContent = all;
    keys.replaceChildren(`${utc(u.data[0][index])} UTC`, text);
  };
  plot = new uPlot(
    {
      width: box.clientWidth,
      height: Math.max(320, Math.min(420, box.clientWidth * 0.45)),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
      scales: {
        x: { min: from / 1000, max: to / 1000 },
        y: {
          range: (u, low, high) => {
            if (low == null) return [0, 1];
            const bottom = low <= high / 2 ? 0 : low - Math.max(1, (high - low) * 0.1);
            return [Math.max(0, bottom), high + Math.max(1, (high - low) * 0.1)];
          },
        },
      },
      axes: [
        { ...axis, space: 64, values: (u, instants) => dates(instants) },
        {
          ...axis,
          size: 72,
          incrs: [...Array(14).keys()].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
          values: (u, ticks, place, space, step) => {
            const digits = Math.max(0, 6 - Math.floor(Math.log10(step)));
            return ticks.map((micros) => dollars(micros, digits));
          },
        },
      ],
      series: [
        {},
        ...lines.map(({ name }, line) => ({
          label: name,
          stroke: style(`--line${line % COLOURS}`),
          width: 2,
          dash: line < COLOURS ? undefined : [7, 4],
          paths: uPlot.paths.stepped({ align: 1, alignGaps: 1 }),
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [read] },
    },
    table(lines, from, to),
    box,
  );
  watcher = new ResizeObserver(() => {
    if (plot && box.clientWidth !== plot.width) plot.setSize({ width: box.clientWidth, height: plot.height });
  });
  watcher.observe(box);
  box.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const last = plot.data[0].length - 1;
    const index = Math.max(0, Math.min(last, (plot.cursor.idx ?? (step > 0 ? -1 : last + 1)) + step));
    plot.setCursor({ left: plot.valToPos(plot.data[0][index], "x"), top: 0 });
  };
}

/** One stop for the Tab key in each calendar; arrows go from day to day. */
function rove() {
  for (const months of document.querySelectorAll(".months")) {
    const days = [...months.querySelectorAll("a.day")];
    days.forEach((day, index) => (day.tabIndex = index === days.length - 1 ? 0 : -1));
    months.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
      const next = step && days[days.indexOf(document.activeElement) + step];
      if (!next) return;
      event.preventDefault();
      days.forEach((day) => (day.tabIndex = day === next ? 0 : -1));
      next.focus();
    };
  }
}

/** Shows another address in this page; the keyboard stays where it is. */
async function show(address) {
  const focused = document.activeElement?.id;
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  const response = await fetch(address, { headers: { accept: "text/html" } });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = page.getElementById("main");
  if (!next) throw new Error("no page");
  main.replaceWith(document.adoptNode(next));
  shown = address.search;
  start();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("main a[href^='?']");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const address = new URL(link.href);
  try {
    await show(address);
    history.pushState(null, "", address);
    if (address.hash) document.querySelector(address.hash)?.scrollIntoView();
  } catch {
    location.href = address;
  }
});
// Going to another part of the same page needs nothing.
addEventListener("popstate", () => {
  if (location.search !== shown) show(location).catch(() => location.reload());
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

function start() {
  draw();
  rove();
}
// The letters on the axes are drawn: they have to be there.
document.fonts.load("12px Inter").finally(start);
