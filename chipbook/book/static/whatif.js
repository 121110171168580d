// "What if?" on a number card: a reader sets other values, and what rests on them follows on the page.
// Loaded by cards.js with the first fold that opens, after formula.js and the numbers of the book.
// Nothing is stored: a new visit shows the book again, unless its address says what is set.
window.chipbookWhatIf = (() => {
  const { arrived: { numbers }, element } = chipbook;
  const FORMS = ["", "cap", "amount", "number"];
  const tried = new Map(); // key of a row → value, in its unit
  const labels = new Map();
  const book = chipbookFormula.trial(numbers, new Map());
  let trial = book;
  let before = new Set(); // the keys that charts follow
  const heard = new WeakSet(); // the charts whose controls tell of their moves
  let whose = "Your what-if"; // or that of the address
  const MOST = 1e12; // of any unit: beyond it no value says anything

  const own = (key) => numbers.holders[key] ?? key;
  const known = (key) => own(key) in numbers.derived || own(key) in numbers.rows;
  const modelled = (key) => numbers.derived[key] && !numbers.derived[key].tree;

  // A place where a number is printed: its text, and the form in which it stands there.
  function spot(node, key, given) {
    const text = node.firstChild;
    if (!known(key) || text?.nodeType !== Node.TEXT_NODE) return [];
    const form = [given || FORMS].flat().find((name) => book.say(key, name) === text.data);
    return [{ node, key, text, was: text.data, form }];
  }

  const keyOf = (link) => link.hash.replace("#fact-", "").replaceAll("--", "/");
  const spots = [...document.querySelectorAll("a.fact[data-card]")].flatMap(
    (link) => spot(link, keyOf(link), link.dataset.form),
  );
  let onCard = [];

  // What a number comes to now: its new words, or why it has none; nothing where it stays.
  function now({ key, was, form }) {
    if (!tried.size || !trial.rests(key)) return {};
    if (modelled(key)) return { mark: "not changed", why: "A calculation in many steps, done in Python." };
    if (form === undefined) return { mark: "not changed", why: "Said here in words of its own." };
    try {
      const words = trial.say(key, form);
      return words === was ? {} : { words, mark: "what-if", why: `${whose}. The book says: ${was}.` };
    } catch {
      return { words: "–", mark: "no value", why: `It cannot be worked out with these values. The book says: ${was}.` };
    }
  }

  // Writes a spot anew; gives what became of it.
  function write(place) {
    const { node, text, was } = place;
    const { words, mark, why } = now(place);
    node.querySelector(".whatif-sign")?.remove();
    text.data = words ?? was;
    node.classList.toggle("is-whatif", Boolean(words));
    if (mark) {
      const sign = element("span", { className: "whatif-mark", title: why }, mark);
      // A space for those who hear it, which does not break; the two go together.
      text.after(element("span", { className: "whatif-sign" }, "\u00a0", sign));
    }
    return mark === "what-if" ? "follow" : mark;
  }

  // The bar at the foot of the page says what is set, and takes it back.
  const summary = element("p", { role: "status" });
  const bar = element("div", { className: "whatif-bar", hidden: true }, summary, element("button", {
    type: "button", onclick: reset,
  }, "Reset"), element("button", {
    type: "button", onclick: ({ target }) => chipbook.copy(address(), target),
  }, "Copy link"));
  bar.setAttribute("role", "region");
  bar.setAttribute("aria-label", "Your what-if");
  document.body.append(bar);

  const say = (key) => {
    try { return trial.say(key); } catch { return "no value"; }
  };

  const numbersOf = (count) => `${count} number${count === 1 ? "" : "s"}`;

  function counted(all) {
    const count = (what) => all.filter((one) => one === what).length;
    const words = [`${numbersOf(count("follow"))} on this page changed`];
    if (count("not changed")) words.push(`${count("not changed")} could not follow`);
    if (count("no value")) words.push(`${count("no value")} cannot be worked out`);
    return `${words.join(", ")}.`;
  }

  // The keys of numbers that a live chart has controls for, with the names of these.
  const controls = (chart) => [...chart?.querySelectorAll('.chart-controls input[type="range"]') ?? []]
    .map(({ name }) => [name.replaceAll("_", "-"), name])
    .filter(([key]) => chart.view && known(key));

  function noteOf(chart) {
    const set = controls(chart).filter(([key]) => tried.has(key));
    if (!set.length) return `This ${chart ? "chart" : "table"} is not changed by your what-if.`;
    if (set.some(([key, name]) => chart.view.signal(name) !== valueOf(key))) {
      return "This chart shows another value than your what-if.";
    }
    return `This chart follows your what-if${set.length < tried.size ? " in part" : ""}.`;
  }

  // All that is not drawn from a reader's values says so while the numbers beside it follow.
  function notes() {
    for (const note of document.querySelectorAll(".whatif-note")) note.remove();
    const drawn = document.querySelectorAll(".chart-view, .cell_output .table-scroll:not(.chart *)");
    for (const part of tried.size ? drawn : []) {
      part.after(element("p", { className: "whatif-note" }, noteOf(part.closest(".chart"))));
    }
  }

  // The slider of a chart that has the name of a number follows it. The value goes past the slider,
  // whose steps would round it. A reader may move the slider on: then the note changes.
  function charts(of = document.querySelectorAll(".chart")) {
    for (const chart of of) {
      for (const [key, name] of controls(chart)) {
        if (!heard.has(chart)) chart.view.addSignalListener(name, notes);
        if (tried.has(key) || before.has(key)) chart.dataset.whose = whose;
        if (tried.has(key) || before.has(key)) chart.view.signal(name, valueOf(key)).runAsync();
      }
      if (chart.view) heard.add(chart);
    }
    before = new Set(tried.keys());
    notes();
  }

  function update() {
    trial = chipbookFormula.trial(numbers, tried);
    const told = counted(spots.map(write));
    onCard.forEach(write);
    const set = [...tried.keys()].map((key) => `${labels.get(key)} ${say(key)}`);
    bar.hidden = !tried.size;
    summary.replaceChildren(...(tried.size
      ? [element("strong", {}, `${whose}: ${set.join("; ")}.`), ` ${told}`] : []));
    for (const place of document.querySelectorAll(".card-box .whatif-said")) {
      place.textContent = tried.size ? told : "";
    }
    charts();
  }

  // The page with all that is set, ?whatif.key=value, for somebody else.
  function address() {
    const url = new URL(document.querySelector("link[rel=canonical]")?.href || location.href.split(/[?#]/)[0]);
    for (const [key, value] of tried) url.searchParams.append(`whatif.${key}`, value);
    return url.href;
  }

  // Sets what an address asks for, as far as one of the ``cards`` of the page would let a reader do so.
  function ask(params, cards) {
    for (const [name, value] of params) {
      const key = name.startsWith("whatif.") && name.slice(7);
      const item = key && cards.querySelector(`.whatif li[data-key="${CSS.escape(key)}"]`);
      if (!item || !value || Number.isNaN(Number(value)) || !(own(key) in numbers.rows)) continue;
      if (fault(item.dataset, { value, validity: {} }) || Number(value) === valueOf(key)) continue;
      tried.set(key, Number(value));
      labels.set(key, item.dataset.name);
    }
    whose = "A what-if from the address";
    update();
  }

  function reset() {
    tried.clear();
    const url = new URL(location.href);
    for (const key of [...url.searchParams.keys()]) if (key.startsWith("whatif.")) url.searchParams.delete(key);
    if (url.href !== location.href) history.replaceState(history.state, "", url);
    update();
    for (const fold of document.querySelectorAll(".card-box .whatif")) fill(fold);
  }

  // What is set now or stands in the book, in the unit of the field; of a range its middle.
  function valueOf(key) {
    const [value, , , low, high] = numbers.rows[own(key)];
    return tried.get(key) ?? value ?? Number(((low + high) / 2).toPrecision(12));
  }

  function unitOf(key) {
    const [, unit] = numbers.rows[own(key)];
    const words = [["per USD", "per US dollar"], ["USD", "US dollars"], ["CNY", "yuan"], ["percent", "%"],
      ["ratio", "times"]];
    return words.reduce((text, [word, plain]) => text.replace(word, plain), unit);
  }

  // What a value may be: a share from 0 to 100, a growth no less than all, an amount not negative.
  function allowed(key, name) {
    const [value, unit, , , high] = numbers.rows[own(key)];
    if (unit !== "percent") return [0, MOST];
    const most = value ?? high;
    return /growth/i.test(name) || most > 100 ? [-100, MOST] : [0, 100];
  }

  // What is wrong with a value, in words; nothing where it may stand.
  function fault({ key, name }, { value, validity }) {
    const [least, most] = allowed(key, name);
    const text = (end) => end.toLocaleString("en-US").replace("-", "−");
    if (validity.badInput) return "Set a number.";
    if (value === "") return "";
    if (Number(value) < least || Number(value) > most) return `Set a value from ${text(least)} to ${text(most)}.`;
    const rate = numbers.rows[own(key)][1].includes(" per USD");
    return rate && !Number(value) ? "Set a value above 0." : "";
  }

  // The ends of a slider: all of a share, or the range that a number has.
  function limits(key, name) {
    const [, , , low, high] = numbers.rows[own(key)];
    const ends = allowed(key, name);
    if (ends[1] < MOST) return ends;
    return low !== null && high !== null && low < high ? [low, high] : null;
  }

  // A value that cannot be leaves what the book says.
  function put({ key, name }, field, said) {
    said.textContent = fault({ key, name }, field);
    field.setAttribute("aria-invalid", String(Boolean(said.textContent)));
    const value = Number(field.value);
    tried.delete(key);
    labels.set(key, name);
    whose = "Your what-if";
    if (field.value !== "" && !said.textContent && value !== valueOf(key)) tried.set(key, value);
    update();
  }

  // A field, and a slider where there is a range, for one number of a card.
  function row(item) {
    const { key } = item.dataset;
    // Only a model rests on it.
    if (!(own(key) in numbers.rows)) return item.remove();
    const label = item.dataset.label ??= item.textContent;
    const id = `whatif-${key.replace("/", "--")}`;
    const value = valueOf(key);
    const [min, max] = allowed(key, item.dataset.name);
    const field = element("input", { type: "number", step: "any", id, value, min, max, inputMode: "decimal" });
    const said = element("p", { className: "whatif-fault", role: "status", id: `${id}-fault` });
    field.setAttribute("aria-describedby", said.id);
    const parts = [element("label", { htmlFor: id }, label),
      element("span", { className: "whatif-field" }, field, ` ${unitOf(key)}`), said];
    const ends = limits(key, item.dataset.name);
    const slider = ends && element("input", {
      type: "range", min: ends[0], max: ends[1], step: ends[1] === 100 ? 1 : "any", value,
    });
    if (slider) {
      slider.setAttribute("aria-label", `${label}, slider`);
      slider.addEventListener("input", () => {
        field.value = Number(Number(slider.value).toPrecision(3));
        put(item.dataset, field, said);
      });
      parts.push(slider);
    }
    field.addEventListener("input", () => {
      if (slider) slider.value = field.value;
      put(item.dataset, field, said);
    });
    return item.replaceChildren(...parts);
  }

  // Puts the fields into an open fold "What if?".
  function fill(fold) {
    for (const item of fold.querySelectorAll("li")) row(item);
  }

  // A card that opens says what its numbers come to now.
  function take(card) {
    const { key } = card.querySelector(".verify").dataset;
    const mine = card.querySelectorAll(".card-value, .card-result");
    onCard = [
      ...[...mine].flatMap((node) => spot(node, key)),
      ...[...card.querySelectorAll('a[href*="#fact-"]')].flatMap((link) => spot(link, keyOf(link))),
    ];
    onCard.forEach(write);
  }

  document.addEventListener("chipbook:card", ({ detail }) => {
    if (detail.querySelector(".verify")) take(detail);
  });
  // That one alone: on the others a reader may have moved the slider on.
  document.addEventListener("chipbook:live", ({ target }) => { if (tried.size) charts([target]); });
  const open = document.querySelector(".card-box .card");
  if (open) take(open);

  return { ask, fill };
})();
