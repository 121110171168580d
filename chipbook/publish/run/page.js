// A chapter run in the page: its code becomes editable, and what it shows stands where the book's own
// output was. Nothing is loaded before the reader asks for it; worker.js runs the code.
"use strict";
(() => {
  const { element, load } = chipbook;
  const here = new URL(".", document.currentScript.src);
  const above = (path) => new URL(`../${path}`, here).href;
  const place = document.querySelector("[data-run]");
  const { run: megabytes, edition } = place.dataset;
  const size = `${megabytes} MB`;
  const CHART = "application/vnd.chipbook.chart+json";
  const TABLE = "application/vnd.chipbook.table+json";
  const WIDE = 632; // as in charts/drawing.py
  const VEGA = ["_static/vendor/vega-6.2.0/vega.min.js", "run/vendor/vega-lite-6.4.1/vega-lite.min.js"];
  const EDITOR = "run/vendor/codemirror-6.43.15/codemirror.min.js";
  document.head.append(element("link", { rel: "stylesheet", href: new URL("page.css", here) }));

  const button = (text, onclick, more) => element("button", { type: "button", className: "run-button", onclick, ...more }, text);
  const words = (node) => node?.textContent.replace(/\s+/g, " ").trim() ?? "";

  // Why it cannot run here; empty where it can.
  function lacking() {
    if (location.protocol === "file:") return "A page that is opened as a file may not start Python. Start serve.py, in the folder of the book, or use the notebook.";
    if (!window.WebAssembly || !window.DecompressionStream || !window.Worker) return "This browser is too old to run Python. Use the notebook.";
    if (navigator.deviceMemory < 1) return "This device has too little memory to run Python. Use the notebook.";
    return "";
  }

  // Each cell whose code the page shows, with the code that it folds with. An exercise is run as a
  // student gets it.
  const units = [...document.querySelectorAll(".cell")].flatMap((cell) => {
    const fold = cell.querySelector(":scope > details:is(.code, .with-code)");
    if (!fold) return [];
    const blocks = [...fold.querySelectorAll(":scope > .cell_input")];
    const source = blocks.map((block) => block.querySelector("pre").textContent.trimEnd()).join("\n\n");
    const exercise = fold.matches(".with-code");
    const own = exercise ? null : cell.querySelector(":scope > :is(details.hidden-output, .cell_output)");
    return [{ cell, fold, blocks, source, exercise, own, name: words(fold.querySelector("summary > .hidden-text")).slice(1, -1), ran: null }];
  });

  // --- The engine

  let worker = null;
  let starting = null; // a promise of it
  let sources = null; // names of the book's sources, by id, once Python has been loaded
  let changed = false; // whether code that is not the book's has run since it started
  let running = false; // from the press of a button to the last output
  let busy = null; // the cell that is run: what to do with what it says

  const said = element("p", { role: "status" });
  const bar = element("progress", { hidden: true });
  const loaded = element("span", { className: "run-loaded" });
  const halt = () => end(busy ? "Stopped. What your cells had set is gone; Python starts anew with the next run." : "Stopped.");
  let last = null; // the cell that a reader ran
  const stop = button("Stop", () => {
    if (running) halt();
    else {
      panel.hidden = true;
      last?.go?.focus(); // where the reader was
    }
  });
  const panel = element("div", { className: "run-panel", role: "region", ariaLabel: "Python in this page", hidden: true }, said, bar, loaded, stop);
  document.body.append(panel);

  function say(text, does = "Close") {
    Object.assign(panel, { hidden: false, className: "run-panel" });
    said.replaceChildren(...[text].flat());
    stop.textContent = does;
    if (does !== "Cancel") {
      bar.hidden = true;
      loaded.textContent = "";
    }
  }

  // From now on the browser keeps what a reader sees of the book, and what this page has loaded; offline.js
  // says how. A server on the reader's own machine is there without a network.
  async function keep(scripts) {
    if (!navigator.serviceWorker || /^(localhost|127\.0\.0\.1)$/.test(location.hostname)) return;
    await navigator.serviceWorker.register(above("offline.js"));
    const name = `chipbook-pages ${above("")}`;
    // Pages of another edition would show other numbers beside those of this one.
    const mark = above("run/edition");
    const before = await (await caches.open(name)).match(mark);
    if (before && (await before.text()) !== edition) await caches.delete(name);
    const store = await caches.open(name);
    await store.put(mark, new Response(edition));
    const own = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.startsWith(location.origin));
    const all = [location.href.split("#")[0], ...own, ...[...scripts, ...VEGA].map(above)];
    await Promise.all([...new Set(all)].map((address) => store.add(address)));
  }

  function begin() {
    starting ??= new Promise((resolve, reject) => {
      say(sources ? "Starting Python" : "Loading Python", "Cancel");
      worker = new Worker(new URL("worker.js", here), { type: "module" });
      worker.onerror = (event) => {
        event.preventDefault();
        end(`Python could not start: ${event.message || "its files could not be read"}. Try again, or use the notebook.`);
      };
      worker.onmessage = ({ data }) => hear(data, resolve);
      worker.postMessage({ edition });
      worker.give = reject;
    });
    return starting;
  }

  function drop() {
    worker?.terminate();
    worker = starting = null;
    changed = false;
    for (const unit of units) unit.ran = null;
  }

  // Ends the worker; the next run starts another.
  function end(why) {
    const given = worker?.give;
    drop();
    busy?.reject(new Error(why));
    busy = null;
    given?.(new Error(why));
    say(why);
  }

  function hear(data, resolve) {
    const tell = {
      progress() {
        Object.assign(bar, { hidden: false, max: data.total, value: data.loaded });
        loaded.textContent = `${(data.loaded / 1e6).toFixed(0)} of ${(data.total / 1e6).toFixed(0)} MB`;
      },
      unpacking: () => say("Starting Python", "Cancel"),
      ready() {
        ({ sources } = data);
        say("Python is ready", "Stop");
        keep(data.scripts).catch((error) => console.info(error.message)); // a private window keeps nothing, and runs
        resolve();
      },
      printed: () => busy?.print(data.text),
      done() {
        panel.dataset.memory = data.memory;
        const { resolve: done } = busy;
        busy = null;
        done(data.outputs);
      },
      failed: () => end(busy
        ? `Python broke down (${data.text}) and starts anew. What your cells had set is gone.`
        : `Python could not start: ${data.text}. Use the notebook.`),
    };
    tell[data.kind]();
  }

  // --- Cells

  // Runs a cell, and before it those above that have not run as they stand; with ``all``, every one
  // from the top.
  async function run(target, all = false) {
    if (running) return;
    running = true;
    last = target ?? units[0];
    try {
      await open();
      // What changed code has done to Python is undone by a new one alone.
      if (changed && !target?.exercise && units.every((unit) => unit.exercise || code(unit) === unit.source)) drop();
      for (const unit of units) unit.go.textContent = "Stop";
      await begin();
      if (all) for (const unit of units) unit.ran = null;
      const due = units.filter((unit) => unit === target || (!unit.exercise && unit.ran !== code(unit)));
      for (const unit of target ? due.slice(0, due.indexOf(target) + 1) : due) {
        say(`Running: ${unit.name}`, "Stop");
        if (!(await execute(unit, all && unit === due[0], unit === target))) {
          say(["An error in: ", link(unit)]);
          return;
        }
      }
      if (all) say(["All code has run: the first is ", element("a", { href: `#${units[0].made.id}` }, units[0].name)]);
      else finish();
    } catch (error) {
      console.info(error.message); // said in the panel
    } finally {
      running = false;
      for (const unit of units) if (unit.go) unit.go.textContent = "Run";
    }
  }

  // What stands under the code needs no words beside it, but for those who hear the page.
  function finish() {
    say("Done");
    panel.className = "hidden-text";
  }

  function link(unit) {
    return element("a", {
      href: `#${unit.field.id}`,
      onclick: () => {
        unit.fold.open = true;
        unit.editor.focus();
      },
    }, unit.name);
  }

  // What the book folds away stays so, unless the reader ran this cell.
  async function execute(unit, fresh, asked) {
    const source = code(unit);
    const made = element("div", { className: "cell_output run-output" });
    const outer = unit.own?.matches("details")
      ? element("details", { className: unit.own.className, open: asked || unit.own.open }, unit.own.firstElementChild.cloneNode(true), made)
      : made;
    const printed = element("pre", {});
    const shown = printing(printed);
    unit.made?.remove();
    unit.fold.after(outer);
    unit.made = outer;
    // Links to the book's figure or table lead to what is seen.
    unit.named ??= unit.own?.querySelector("figure[id], table[id]");
    outer.id = unit.id ??= unit.named?.id || `${unit.field.id}-output`;
    unit.named?.removeAttribute("id");
    const outputs = await new Promise((resolve, fail) => {
      const reject = (error) => {
        made.append(printing(element("pre", {}, error.message)), element("p", { className: "run-whose" }, BACK));
        if (unit.own) unit.own.hidden = true;
        fail(error);
      };
      const print = (text) => {
        if (!shown.isConnected) made.append(shown);
        printed.append(text);
      };
      busy = { resolve, reject, print };
      changed ||= source.trimEnd() !== unit.source || unit.exercise;
      worker.postMessage({ source, fresh });
    });
    unit.ran = source;
    const whose = changed ? "Your run, with changed code: not the book’s" : "Run here, with the book’s code";
    made.prepend(element("p", { className: "run-whose" }, unit.exercise ? "Your answer" : whose));
    for (const output of outputs) {
      const drawing = draw(unit, made, output).catch(({ message }) => printing(element("pre", {}, `This could not be shown: ${message}`)));
      made.append(await drawing);
    }
    if (unit.made !== outer) throw new Error("reset while it was drawn");
    if (unit.own) unit.own.hidden = true;
    const failed = outputs.some((output) => output.output_type === "error");
    if (failed && unit.own) made.append(element("p", { className: "run-whose" }, BACK));
    return !failed;
  }

  const BACK = "Reset brings the book’s code and output back.";

  // What the book says below or above an output goes with it: its number, its caveats, its sources.
  function told(unit, ...names) {
    const found = unit.own ? names.map((name) => unit.own.querySelector(name)).filter(Boolean) : [];
    return found.map((node) => {
      const copy = node.cloneNode(true);
      for (const left of copy.querySelectorAll(".chart-files, .chart-share, .headerlink")) left.remove();
      return copy;
    });
  }

  const printing = (pre) => element("div", { className: "output" }, element("div", { className: "highlight" }, pre));

  // The page with the cells as the book has them.
  function reset(unit) {
    if (running) halt();
    unit.editor.dispatch({ changes: { from: 0, to: unit.editor.state.doc.length, insert: unit.source } });
    unit.made?.remove();
    unit.made = null;
    if (unit.named) unit.named.id = unit.id;
    if (unit.own) unit.own.hidden = false;
  }

  // --- Editors: CodeMirror, each in a root of its own, where its styles need no leave of the page's policy.

  const code = ({ editor }) => editor.state.doc.toString();

  async function open() {
    if (units[0]?.editor) return;
    try {
      await load(above(EDITOR));
    } catch (error) {
      end("The editor could not be read. Try again, or use the notebook.");
      throw error;
    }
    units.forEach((unit, at) => {
      unit.field = element("div", { id: `run-${at + 1}`, className: "run-editor" });
      unit.editor = editor(unit, `Code ${at + 1}: ${unit.name}`);
      unit.blocks[0].before(unit.field);
      for (const block of unit.blocks) block.hidden = true;
      const here = unit.bar.contains(document.activeElement);
      unit.go = button("Run", () => (running ? halt() : run(unit)));
      unit.bar.replaceChildren(
        unit.go,
        ...(unit.exercise ? [] : [button("Run all", () => run(null, true))]),
        button("Reset", () => reset(unit)),
        element("span", { className: "run-keys" }, KEYS),
      );
      if (here) unit.go.focus();
    });
  }

  const KEYS = "Ctrl and Enter run. Escape, then Tab: out of the field.";

  // Left to Chromium, what is written over coloured code gets a style, which the policy of the page refuses.
  function over(event, view) {
    const selected = view.root.getSelection?.(); // of Chromium alone, and newer than the editor's own
    if (!selected || selected.isCollapsed || event.isComposing || !/^(insertText|delete)/.test(event.inputType)) return false;
    event.preventDefault();
    const range = selected.getRangeAt(0);
    const insert = event.data ?? "";
    const from = view.posAtDOM(range.startContainer, range.startOffset);
    const to = view.posAtDOM(range.endContainer, range.endOffset);
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.type", scrollIntoView: true });
    return true;
  }

  function editor(unit, label) {
    const { EditorView, HighlightStyle, keymap, tags } = codemirror;
    const root = unit.field.attachShadow({ mode: "open" });
    const go = () => {
      run(unit);
      return true;
    };
    const keys = [
      ...["Mod-Enter", "Shift-Enter"].map((key) => ({ key, run: go })),
      codemirror.indentWithTab, ...codemirror.historyKeymap, ...codemirror.defaultKeymap,
    ];
    // The colours of the book's own code.
    const inks = HighlightStyle.define([
      { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
      { tag: [tags.keyword, tags.bool, tags.null], color: "var(--accent)" },
      { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
    ]);
    const looks = EditorView.theme({
      "&": { color: "var(--ink)", backgroundColor: "var(--raised)", fontSize: "0.875rem" },
      "&.cm-focused": { outline: "2px solid var(--accent)" },
      ".cm-scroller": { fontFamily: "var(--mono, monospace)", lineHeight: "1.5", scrollbarColor: "var(--muted) transparent" },
      ".cm-content": { caretColor: "var(--ink)", padding: "0.75rem 0" },
      ".cm-gutters": { color: "var(--muted)", backgroundColor: "var(--raised)", border: "none" },
    });
    return new EditorView({
      root, parent: root, doc: unit.source,
      extensions: [
        keymap.of(keys), codemirror.history(), codemirror.indentOnInput(), codemirror.indentUnit.of("    "), codemirror.lineNumbers(),
        codemirror.EditorView.lineWrapping, codemirror.pythonLanguage, codemirror.syntaxHighlighting(inks), looks,
        EditorView.domEventHandlers({ beforeinput: over }), EditorView.contentAttributes.of({ tabindex: "0", "aria-label": label, "aria-description": KEYS }),
      ],
    });
  }

  // --- What a cell shows

  async function draw(unit, made, { output_type: type, data, ename, evalue, traceback }) {
    if (type === "error") {
      const text = element("pre", {}, [evalue || ename, ...traceback].join("\n  "));
      const box = printing(text);
      box.classList.add("traceback");
      return box;
    }
    if (data[CHART]) return chart(unit, made, data[CHART]);
    if (data[TABLE]) return table(unit, data[TABLE], data.shown);
    // Its styles would be refused by the policy of the page, and said to be.
    const html = data["text/html"]?.replace(/<style[^]*?<\/style>/g, "").replace(/<[^>]*>/g, (tag) => tag.replace(/\sstyle="[^"]*"/g, ""));
    const found = html && new DOMParser().parseFromString(html, "text/html").querySelector("table");
    if (!found) return printing(element("pre", {}, data["text/plain"] ?? ""));
    for (const node of [found, ...found.querySelectorAll("*")]) {
      for (const { name } of [...node.attributes]) if (!/^(row|col)span$/.test(name)) node.removeAttribute(name);
    }
    found.className = "evidence";
    return scrolling(found, "Table");
  }

  let drawn = 0;

  async function chart(unit, within, spec) {
    for (const path of VEGA) await load(above(path));
    // A page without a chart of the book's has not loaded it.
    if (!window.chipbookDraw) await load(above("_static/charts.js"));
    const { title, description, usermeta, ...inside } = spec;
    const line = (text) => typeset([text ?? ""].flat().join(" "));
    const { text, subtitle } = typeof title === "object" && !Array.isArray(title) ? title : { text: title };
    const flow = vegaLite.compile({ ...inside, width: WIDE }, { logger: vega.logger(vega.Error) }).spec;
    const made = element("div", { className: "chart" },
      element("p", { className: "chart-title" }, line(text)),
      element("p", { className: "chart-subtitle" }, line(subtitle)),
      inputs(unit, spec),
      element("div", { className: "chart-view" }, element("div", { className: "chart-static", role: "img", ariaLabel: description ?? line(text) })));
    const figure = element("figure", {}, made, ...told(unit, "figcaption"));
    made.append(...told(unit, ".chart-notes"));
    within.append(figure);
    await chipbookDraw(made, `run-${drawn += 1}`, flow, sources);
    if (made.dataset.state === "failed") made.append(element("p", {}, "This chart could not be drawn."));
    return figure;
  }

  // The inputs that the book's chart has, where they are the same; else those that Vega makes.
  function inputs(unit, spec) {
    const asked = (spec.params ?? []).filter(({ bind }) => bind?.input);
    const own = unit.own?.querySelector(".chart-controls");
    const names = (fields) => [...new Set(fields)].sort().join();
    if (!own || names(asked.map(({ name }) => name)) !== names([...own.elements].map(({ name }) => name))) {
      return element("div", { className: "chart-binds" });
    }
    const form = own.cloneNode(true);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const { name, value, bind } of asked) {
      for (const [at, field] of [...form.querySelectorAll(`[name="${name}"]`)].entries()) {
        if (field.type === "radio") field.checked = bind.options[at] === value;
        else if (field.options) field.selectedIndex = bind.options.indexOf(value);
        else Object.assign(field, { min: bind.min, max: bind.max, step: bind.step, value });
      }
    }
    return form;
  }

  const typeset = (text) => text.replace(/(\w)'/g, "$1’");

  // As book/parts/tables.py writes it.
  const CLASSES = { number: "num", figure: "num", sources: "marks" };
  function table(unit, { headers, note, cards }, { kinds, rows }) {
    const marks = new Map();
    const inside = (cell, kind) => {
      if (kind === "status") return [element("span", { className: `status status-${cell}` }, cell)];
      if (!Array.isArray(cell)) return [typeset(cell)];
      const links = cell.filter((id) => sources[id]).map((id) => {
        if (!marks.has(id)) marks.set(id, marks.size + 1);
        return element("a", {
          className: "src", href: above(`chapters/sources.html#source-${id}`), title: sources[id],
          ariaLabel: `${marks.get(id)}: ${sources[id]}`,
        }, String(marks.get(id)));
      });
      return links.flatMap((link, at) => (at ? [", ", link] : [link]));
    };
    const one = (cell, at) => {
      const stub = at === 0 && kinds[0] === "text";
      const node = element(stub ? "th" : "td", { className: stub ? "stub" : CLASSES[kinds[at]] ?? "" }, element("p", {}, ...inside(cell, kinds[at])));
      if (stub) node.scope = "row";
      else node.dataset.label = headers[at];
      node.role = stub ? "rowheader" : "cell"; // where its row is a block, it is no table to some browsers
      return node;
    };
    const heads = headers.map((text, at) => element("th", { scope: "col", role: "columnheader", className: `head ${CLASSES[kinds[at]] ?? ""}` }, element("p", {}, text)));
    const made = element("table", { className: `evidence${headers.length > 4 ? " wide" : ""}${cards ? " as-cards" : ""}` },
      ...told(unit, "caption"),
      element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
      element("tbody", { role: "rowgroup" }, ...rows.map((row) => element("tr", { role: "row" }, ...row.map(one)))));
    return scrolling(made, `Table: ${headers.join(", ")}`, note);
  }

  function scrolling(made, label, note) {
    const region = element("div", { className: "table-scroll", role: "region", tabIndex: 0, ariaLabel: label }, made);
    if (note) region.append(element("p", { className: "table-note" }, note));
    return region;
  }

  // What was written here is kept nowhere.
  addEventListener("beforeunload", (event) => {
    if (units.some((unit) => unit.editor && code(unit) !== unit.source)) event.preventDefault();
  });

  // --- Where it begins

  const why = lacking();
  if (why) {
    place.replaceChildren(why);
    return;
  }
  const all = () => run(null, true);
  place.replaceChildren(
    button("Run it in this page", all), ` Loads Python, ${size}, from this site and keeps it in your browser. Then change the code and run it again.`,
  );
  document.querySelector(".switches")?.append(button(`Run the code (${size})`, all, { className: "button" }));
  for (const unit of units) {
    unit.bar = element("p", { className: "run-bar" }, button("Run in this page", () => run(unit)), ` Loads ${size}, once.`);
    unit.blocks.at(-1).after(unit.bar);
  }
})();
