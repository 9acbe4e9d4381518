// Figures: what a table beside them says in numbers, drawn. Colours are those of the page, light or dark.
const marks = { good: "--good", warn: "--figure-warn", bad: "--figure-bad", none: "--edge" };
const drawn = new Map();

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Bars stand on each other, or side by side where their sum means nothing: their tone says what they are. Lines cross,
// so that each has a colour of its own.
function bar(each, at, stack) {
  const itemStyle = { color: colour(marks[each.tone]), opacity: 1 - 0.18 * (at % 4) };
  return { type: "bar", stack, name: each.name, data: each.values, barMaxWidth: 28, itemStyle };
}

function line(each) {
  return { type: "line", name: each.name, data: each.values, showSymbol: each.values.length < 3, lineStyle: { width: 2 } };
}

function options(figure) {
  const soft = colour("--soft");
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, textStyle: { color: colour("--ink") }, itemWidth: 12, itemHeight: 12 },
    // Drawn, never written as HTML: names come from outside, and the policy allows no styles in what is written.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: figure.labels, axisLabel: { color: soft }, axisLine: { lineStyle: { color: soft } } },
    yAxis: {
      type: "value", minInterval: 1, axisLabel: { color: soft }, splitLine: { lineStyle: { color: colour("--line") } },
    },
    series: figure.series.map((each, at) => (
      figure.are_lines ? line(each) : bar(each, at, figure.are_beside ? undefined : "all")
    )),
  };
}

function draw() {
  for (const place of document.querySelectorAll("[data-figure]")) {
    place.hidden = false;
    if (!drawn.has(place)) drawn.set(place, echarts.init(place));
    drawn.get(place).setOption(options(JSON.parse(place.dataset.figure)), true);
  }
}

draw();
addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
