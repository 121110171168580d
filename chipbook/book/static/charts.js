// Makes a static chart live when the reader comes near it. Whatever fails, the static one stays.
"use strict";
(() => {
  const root = new URL(".", document.currentScript.src);
  const LIBRARIES = [
    "vendor/vega-6.2.0/vega.min.js",
    "vendor/vega-interpreter-2.2.1/vega-interpreter.min.js",
  ];
  const NARROW = 500; // as in charts.css
  const specs = new Map();
  let count = 0;

  // Every chart's script calls this: pages opened from a disk may not fetch JSON.
  window.chipbookChart = (key, spec) => specs.set(key, spec);

  async function libraries() {
    for (const path of LIBRARIES) await chipbook.load(new URL(path, root));
    // Vega measures text: with the fallback font, labels would move once the right one arrives.
    await Promise.all(["400", "600"].map((w) => document.fonts.load(`${w} 13px "Source Sans 3"`)));
  }

  // The size of the static drawing that this width calls for, so that nothing moves.
  function sizeOf(view) {
    const width = view.clientWidth;
    const name = width <= NARROW ? ".chart-narrow" : ".chart-wide";
    const box = view.querySelector(name).viewBox.baseVal;
    return [width, Math.round((width * box.height) / box.width)];
  }

  async function start(chart) {
    if (chart.dataset.state) return;
    chart.dataset.state = "loading";
    const place = chart.querySelector(".chart-view");
    const controls = chart.querySelector(".chart-controls");
    // The text alternative stands once, on the whole; marks that announce themselves repeat it.
    const drawing = chipbook.element("div", { ariaHidden: "true" });
    const { ariaLabel } = place.querySelector("[aria-label]");
    const live = chipbook.element("div", { className: "chart-live", role: "img", ariaLabel }, drawing);
    try {
      await Promise.all([libraries(), chipbook.load(new URL(chart.dataset.src, document.baseURI))]);
      const runtime = vega.parse(specs.get(chart.dataset.chart), {}, { ast: true });
      const view = new vega.View(runtime, {
        // No eval, so that a strict content-security policy is possible.
        expr: vegaInterpreter.expressionInterpreter,
        renderer: "svg",
        logLevel: vega.Error,
        tooltip: (handler, event, item, value) => tip(event, value),
      });
      const resize = () => {
        const [width, height] = sizeOf(place);
        view.signal("narrow", width <= NARROW);
        return view.width(width).height(height).runAsync();
      };
      // Vega shows a tip while a pointer hovers; a tap is a click, after which the pointer is gone.
      view.addEventListener("click", (event, item) => tip(event, item && item.tooltip));
      place.append(live);
      view.initialize(drawing, controls || undefined);
      await resize();
      if (controls) label(controls);
      chart.classList.add("is-live");
      chart.dataset.state = "live";
      let before = place.clientWidth;
      new ResizeObserver(() => {
        if (place.clientWidth && place.clientWidth !== before) {
          before = place.clientWidth;
          resize();
        }
      }).observe(place);
    } catch (error) {
      live.remove();
      if (controls) controls.remove();
      chart.dataset.state = "failed";
      console.warn("The chart stays static:", error.message);
    }
  }

  // Vega groups radio buttons by the name of their parameter, which two charts may share.
  function label(controls) {
    count += 1;
    for (const group of controls.querySelectorAll(".vega-bind-radio")) {
      const name = group.parentElement.querySelector(".vega-bind-name");
      name.id = `chart-input-${count}`;
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-labelledby", name.id);
      for (const input of group.querySelectorAll("input")) input.name += `-${count}`;
    }
  }

  // Hidden from screen readers: the folded table says the same.
  const box = chipbook.element("div", { className: "chart-tip", hidden: true, ariaHidden: "true" });

  function tip(event, value) {
    box.hidden = value === undefined || value === null || value === "";
    if (box.hidden) return;
    box.replaceChildren(typeof value === "object" ? list(value) : String(value));
    if (!box.isConnected) document.body.append(box);
    const space = 14;
    const right = event.clientX + space + box.offsetWidth < innerWidth;
    const below = event.clientY + space + box.offsetHeight < innerHeight;
    const x = right ? event.clientX + space : Math.max(4, event.clientX - space - box.offsetWidth);
    const y = below ? event.clientY + space : Math.max(4, event.clientY - space - box.offsetHeight);
    box.style.transform = `translate(${x}px, ${y}px)`;
  }

  function list(value) {
    const { element } = chipbook;
    return element("dl", {}, ...Object.entries(value).flatMap(
      ([name, text]) => [element("dt", {}, name), element("dd", {}, text)],
    ));
  }

  addEventListener("scroll", () => { box.hidden = true; }, { passive: true });
  addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".chart-live")) box.hidden = true;
  });

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      start(entry.target);
    }
  }, { rootMargin: "400px" });
  for (const chart of document.querySelectorAll(".chart[data-src]")) {
    near.observe(chart);
    for (const type of ["pointerenter", "focusin", "touchstart"]) {
      chart.addEventListener(type, () => start(chart), { once: true, passive: true });
    }
  }
})();
