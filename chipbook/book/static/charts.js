// Makes a static chart live when the reader comes near it, and does something. Whatever fails, the
// static one stays. Until a chart is live, an input that is moved and a mark that is touched wait for it.
"use strict";
(() => {
  const root = new URL(".", document.currentScript.src);
  const LIBRARIES = [
    "vendor/vega-6.2.0/vega.min.js",
    "vendor/vega-interpreter-2.2.1/vega-interpreter.min.js",
  ];
  const NARROW = 500; // as in charts.css
  const specs = new Map();
  const pressed = new WeakMap(); // chart → where it was pressed before it was live

  // Every chart's script calls this: pages opened from a disk may not fetch JSON.
  // `names` are the short names of its sources, by id.
  window.chipbookChart = (key, spec, names) => specs.set(key, { spec, names });

  // Draws a chart that no build has drawn: it has no static one, and its inputs may be Vega's own.
  window.chipbookDraw = (chart, key, spec, names) => {
    chipbookChart(key, spec, names);
    chart.dataset.chart = key;
    return start(chart);
  };

  async function libraries() {
    for (const path of LIBRARIES) await chipbook.load(new URL(path, root));
    // Vega measures text: with the fallback font, labels would move once the right one arrives.
    await Promise.all(["400", "600"].map((w) => document.fonts.load(`${w} 13px "Source Sans 3"`)));
  }

  // The size of the static drawing that this width calls for, so that nothing moves.
  function sizeOf(view) {
    const width = view.clientWidth;
    const name = width <= NARROW ? ".chart-narrow" : ".chart-wide";
    const box = view.querySelector(name)?.viewBox.baseVal;
    return [width, box && Math.round((width * box.height) / box.width)];
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
      const { src } = chart.dataset;
      await Promise.all([libraries(), src && chipbook.load(new URL(src, document.baseURI))]);
      const { spec, names } = specs.get(chart.dataset.chart);
      // In parts, so that a touch meanwhile is answered.
      await chipbook.rest();
      const flow = vega.parse(spec, {}, { ast: true });
      await chipbook.rest();
      const view = new vega.View(flow, {
        // No eval, so that a strict content-security policy is possible.
        expr: vegaInterpreter.expressionInterpreter,
        renderer: "svg",
        logLevel: vega.Error,
        tooltip: () => {}, // below, for marks without one as well
      });
      const resize = () => {
        const [width, height] = sizeOf(place);
        view.signal("narrow", width <= NARROW);
        view.width(width);
        return (height ? view.height(height) : view).runAsync();
      };
      // A tap is a click, after which the pointer is gone.
      for (const type of ["pointermove", "click"]) {
        view.addEventListener(type, (event, item) => tip(event, told(item, names)));
      }
      view.addEventListener("pointerout", (event) => tip(event));
      place.append(live);
      // The inputs of the page stand for those that Vega would make.
      view.initialize(drawing, chart.querySelector(".chart-binds") ?? chipbook.element("div"));
      await resize();
      if (controls) {
        follow(chart, view, spec.signals.filter(({ bind }) => bind), live);
        await ask(chart, view, spec.signals);
      }
      chart.view = view; // for whoever drives it by script
      chart.classList.add("is-live");
      chart.classList.remove("is-awaited");
      chart.dataset.state = "live";
      chart.dispatchEvent(new Event("chipbook:live", { bubbles: true }));
      press(chart);
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
      chart.classList.remove("is-awaited");
      chart.dataset.state = "failed";
      console.warn("The chart stays static:", error.message);
    }
  }

  // What was pressed too early is pressed again.
  function press(chart) {
    const at = pressed.get(chart);
    const mark = at && document.elementFromPoint(at.clientX, at.clientY);
    if (mark?.closest(".chart-live") && chart.contains(mark)) mark.dispatchEvent(new MouseEvent("click", at));
  }

  const number = (value, unit) => value.toLocaleString("en-US")
    + (unit === "%" ? unit : unit && `\u00a0${unit}`);

  // The title tells of the first state: in any other one that says what is set, and by whom, stands
  // for it.
  function follow(chart, view, signals, live) {
    const { element } = chipbook;
    const first = live.ariaLabel;
    const title = chart.querySelector(".chart-title");
    const setting = element("p", { className: "chart-title chart-setting", role: "status" });
    const reset = element("button", { type: "button", className: "chart-reset" }, "Reset");
    title.after(setting);
    const rows = signals.map(({ name: signal, value, bind: { options } }) => {
      const fields = [...chart.querySelectorAll(`.chart-controls [name="${signal}"]`)];
      const [input] = fields;
      const name = input.closest(".chart-control").querySelector(".chart-control-name").textContent;
      if (!options) {
        const { unit } = input.parentElement.querySelector(".chart-now").dataset;
        const show = (now) => { input.value = now; say(input, now); };
        return { signal, value, input, name, show, read: () => input.valueAsNumber, words: (now) => number(now, unit) };
      }
      const [choices, mark] = input.options ? [[...input.options], "selected"] : [fields, "checked"];
      const of = (now) => choices[options.indexOf(now)];
      return {
        signal, value, input, name,
        show: (now) => { of(now)[mark] = true; },
        read: () => options[choices.findIndex((choice) => choice[mark])],
        words: (now) => of(now).text ?? of(now).parentElement.textContent,
      };
    });
    const update = () => {
      const moved = rows.filter(({ signal, value }) => view.signal(signal) !== value);
      for (const { signal, show } of rows) show(view.signal(signal));
      // As high as the title, so that an input does not leave the pointer that moves it.
      if (moved.length && !chart.classList.contains("is-set")) setting.style.minHeight = `${title.offsetHeight}px`;
      chart.classList.toggle("is-set", moved.length > 0);
      const said = moved.map(({ signal, name, words }) => `${name}: ${words(view.signal(signal))}`).join(" · ");
      const { whose = "Your setting" } = chart.dataset;
      chart.dataset.said = said;
      setting.replaceChildren(...(said ? [`${whose}. ${said} `, reset] : []));
      chart.dataset.set = new URLSearchParams(moved.map(({ signal }) => [`${nameOf(chart)}.${signal}`, view.signal(signal)]));
      live.ariaLabel = said ? `${whose}. ${said}. As first drawn: ${first}` : first;
    };
    reset.addEventListener("click", () => {
      for (const { signal, value } of rows) view.signal(signal, value);
      view.runAsync().then(() => write(chart));
      rows[0].input.focus();
    });
    for (const { signal, read, show } of rows) {
      view.addSignalListener(signal, update);
      view.signal(signal, read());
      show(read()); // of a cell that was changed and run, an input begins elsewhere
    }
    const fields = chart.querySelector(".chart-controls");
    fields.addEventListener("input", ({ target }) => {
      delete chart.dataset.whose;
      const { signal, read } = rows.find((row) => row.signal === target.name);
      view.signal(signal, read()).runAsync();
    });
    // At the end of a move: browsers let an address change only so often.
    fields.addEventListener("change", () => view.runAsync().then(() => write(chart)));
  }

  // Beside a slider stands its value, without waiting for the drawing.
  function say(input, value) {
    const output = input.parentElement.querySelector(".chart-now");
    if (output) output.textContent = input.ariaValueText = number(value, output.dataset.unit);
  }

  // The address says what is set, ?fig-name.input=value#fig-name, so that it can be passed on. In its
  // first state a chart leaves the address clean.
  const asked = new URLSearchParams(location.search);
  const nameOf = (chart) => chart.closest("figure")?.id || "";
  const own = (params, chart) => [...params.keys()].filter((key) => key.startsWith(`${nameOf(chart)}.`));

  function write(chart) {
    const url = new URL(location.href);
    for (const key of own(url.searchParams, chart)) url.searchParams.delete(key);
    for (const [key, value] of new URLSearchParams(chart.dataset.set)) url.searchParams.append(key, value);
    if (chart.dataset.set) url.hash = nameOf(chart);
    else if (url.hash === `#${nameOf(chart)}`) url.hash = "";
    try {
      if (nameOf(chart)) history.replaceState(history.state, "", url);
    } catch { /* a frame without an origin of its own keeps its address */ }
  }

  // What an input can be set to; nothing for all else, which leaves the first state.
  function possible({ input, min, max, options }, text) {
    if (input !== "range") return options.find((option) => String(option) === text);
    return text && Number(text) >= min && Number(text) <= max ? Number(text) + 0 : undefined;
  }

  async function ask(chart, view, signals) {
    for (const key of own(asked, chart)) {
      const signal = signals.find(({ name, bind }) => bind && key === `${nameOf(chart)}.${name}`);
      const value = signal && possible(signal.bind, asked.get(key));
      if (value === undefined || value === view.signal(signal.name)) continue;
      chart.dataset.whose = "A setting from the address";
      view.signal(signal.name, value);
    }
    await view.runAsync();
    if (chart.dataset.set) write(chart);
  }

  // What a row says of itself, under the first of these columns that it fills.
  const TOLD = {
    Who: ["outlet", "who", "speaker", "attributed_to", "data_provider", "company", "vendor", "maker", "page"],
    What: ["claim", "label", "row", "what", "measure", "chip", "app", "name"],
    When: ["date", "published", "when", "day", "period", "month", "quarter", "year", "start"],
    Figure: ["words", "text", "figure"],
    Status: ["status"],
    Answer: ["answer"],
    "Known now": ["later", "outcome"],
  };

  function told(item, names) {
    if (!item || item.mark.role !== "mark" || !item.datum) return null;
    if (item.tooltip !== undefined && item.tooltip !== null) return item.tooltip;
    const row = item.datum;
    const filled = Object.entries(TOLD).map(([head, columns]) => [head, words(row[columns.find((c) => words(row[c]))])]);
    const sources = String(row.source_ids || "").split(";").map((id) => names[id.trim()]).filter(Boolean);
    const more = sources.length > 3 ? ` and ${sources.length - 3} more` : "";
    filled.push(["Sources", sources.slice(0, 3).join("; ") + more]);
    const said = Object.fromEntries(filled.filter(([, text]) => text));
    if (said.What && said.What.includes(said.Who)) delete said.Who;
    return Object.keys(said).length ? said : null;
  }

  function words(value) {
    if (value instanceof Date) {
      return value.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
    }
    return String(value ?? "").replace(/T00:00:00.*$/, "").replace(/,?[|\n]/g, ", ");
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

  // One after the other, between the moves of the reader: on a slow phone a drawing takes a while.
  let turn = Promise.resolve();
  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      turn = turn.then(chipbook.rest).then(() => start(target));
    }
  }, { rootMargin: "400px" });
  const charts = document.querySelectorAll(".chart[data-src]");
  // The drawings are there: who only looks at the first screen need not load what moves them.
  chipbook.onceMoved(() => { for (const chart of charts) near.observe(chart); });

  function wanted(chart) {
    if (["live", "failed"].includes(chart.dataset.state)) return;
    chart.classList.add("is-awaited");
    start(chart);
  }
  for (const chart of charts) {
    if (own(asked, chart).length) start(chart);
    for (const type of ["pointerenter", "focusin"]) {
      chart.addEventListener(type, () => start(chart), { once: true, passive: true });
    }
    chart.querySelector(".chart-view").addEventListener("click", (event) => {
      if (chart.dataset.state !== "live") pressed.set(chart, event);
      wanted(chart);
    });
    const controls = chart.querySelector(".chart-controls");
    controls?.addEventListener("input", ({ target }) => {
      say(target, target.valueAsNumber);
      wanted(chart);
    });
    controls?.addEventListener("submit", (event) => event.preventDefault());
  }
})();
