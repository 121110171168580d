// "Verify here" on a number card: hash the tables, find the rows, work the formula out again (see
// formula.js). Loaded by cards.js at the first press, with all it needs from the site itself.
window.chipbookVerify = (() => {
  const scripts = new URL("./", document.currentScript.src);
  const site = new URL("../", scripts);
  const { arrived, element, load } = chipbook;

  // What has been read once is kept, unless reading failed: then the next press tries again.
  const kept = new Map();
  function once(name, make) {
    if (!kept.has(name)) {
      kept.set(name, make().catch((error) => {
        kept.delete(name);
        throw error;
      }));
    }
    return kept.get(name);
  }

  async function tools() {
    const files = ["vendor/js-sha256-1.0.0/sha256.min.js", "formula.js", "verify/numbers.js"];
    await Promise.all(files.map((file) => load(new URL(file, scripts))));
    return arrived.numbers;
  }

  // The text of a table, and its hash. A page opened from a file may not read its neighbours, so
  // there the copy that the build wrote as a script stands in.
  const table = (name, numbers) => once(`table ${name}`, async () => {
    const [path, expected, rowsAt] = numbers.tables[name];
    const copy = location.protocol === "file:";
    let bytes;
    if (copy) {
      await load(new URL(`data/${path}.js`, site));
      bytes = new TextEncoder().encode(arrived[name]);
    } else {
      const answer = await fetch(new URL(`data/${path}`, site), { cache: "no-cache" });
      if (!answer.ok) throw new Error(`${path} could not be read (${answer.status})`);
      bytes = new Uint8Array(await answer.arrayBuffer());
    }
    return {
      file: `data/${path}`,
      copy,
      found: sha256(bytes),
      expected,
      address: (id) => new URL(rowsAt + id, site).href,
      rows: parse(new TextDecoder().decode(bytes)),
    };
  });

  // A table whose rows have the cells filled that they refer to; ``refers`` are their references.
  const whole = (name, numbers) => once(`whole ${name}`, async () => {
    const found = await table(name, numbers);
    const links = found.rows.map(chipbookFormula.references);
    const others = {};
    for (const other of new Set(links.flat().map(([, other]) => other))) {
      const { rows } = await table(other, numbers);
      others[other] = new Map(rows.map((row) => [row.id, row]));
    }
    // A derived number has no cell that holds it: its own card works it out.
    const rowOf = (other, id) => (
      other === "derived" ? { value: numbers.held[id] } : others[other].get(id) ?? {}
    );
    const rows = found.rows.map((row, i) => ({
      ...chipbookFormula.resolved(row, rowOf), refers: links[i].map(([, ...place]) => place),
    }));
    return { ...found, rows };
  });

  const CELL = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r?\n|$)/g;

  // Rows of a CSV file as objects by column, each with the line that it starts on.
  function parse(text) {
    const records = [];
    let cells = [], line = 1, start = 1;
    for (const [all, cell, end] of text.matchAll(CELL)) {
      cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
      line += all.split("\n").length - 1;
      if (end === ",") continue;
      if (cells.length > 1 || cells[0]) records.push([start, cells]);
      [cells, start] = [[], line];
    }
    const [[, names], ...rest] = records;
    return rest.map(([at, row]) => ({
      line: at, ...Object.fromEntries(names.map((name, i) => [name, row[i] ?? ""])),
    }));
  }

  // A step of the check: ``good`` is undefined where there is nothing to compare, ``words`` are
  // texts and links, ``rows`` the rows that were counted.
  const link = (text, href) => ({ text, href });
  const numberAt = (key) => new URL(
    `chapters/numbers.html#fact-${key.replace("/", "--")}`, site).href;

  function hashed(found) {
    const good = found.found === found.expected;
    const what = found.copy
      ? `${found.file}.js (the copy beside the table: a page opened from a file may not read the table itself)`
      : found.file;
    return {
      good,
      words: [good
        ? `${what}: the SHA-256 is the published one, ${found.found}.`
        : `${what} is not the published file: its SHA-256 is ${found.found}, the published one ${found.expected}.`],
    };
  }

  const columns = ["value", "unit", "qualifier", "low", "high"];
  const same = (text, cell) => (
    cell === null ? text === "" : typeof cell === "number" ? text !== "" && Number(text) === cell
      : text === cell
  );

  // One row against what the page was made from.
  function compare(found, row, cells) {
    const held = columns.map((name) => row[name] ?? "");
    const wrong = columns.filter((_, i) => !same(held[i], cells[i]));
    const listed = columns.map((name, i) => `${name} ${held[i] || "–"}`).join(", ");
    const made = columns.map((name, i) => `${name} ${cells[i] ?? "–"}`);
    const by = row.refers.map((place) => place.join("/"));
    return {
      good: !wrong.length,
      words: [`Line ${row.line} of ${found.file}, row `, link(row.id, found.address(row.id)),
        `${by.length ? `, held by ${by.join(", ")}` : ""}: ${listed}. ` + (wrong.length
          ? `The card was made from another ${wrong.join(", ")}: ${
            made.filter((_, i) => wrong.includes(columns[i])).join(", ")}.`
          : "The card was made from these cells.")],
    };
  }

  const digits = (number) => String(Number(number.toPrecision(6))).replace("-", "−");

  const steps = [["trillion", 1e12], ["billion", 1e9], ["million", 1e6], ["", 1]];

  // Scale and unit to print a computed number in: 1e9 and "billion USD".
  function kind({ value, low, high, percent }, { dims }) {
    if (percent) return { scale: 0.01, unit: "percent" };
    const ends = [low, high].filter(Number.isFinite).map(Math.abs);
    const size = Math.abs(value || Math.max(0, ...ends));
    const [word, scale] = steps.find(([name, step]) => size >= step || !name);
    return { scale, unit: `${word} ${dims}`.trim() || "times" };
  }

  // A number in words, in the unit of its formula: the point, and the bounds where they differ.
  function say({ value, low, high }, { scale, unit }) {
    const at = (number) => digits(number / scale);
    const range = low === high ? "" : high === Infinity ? `${at(low)} or more`
      : low === -Infinity ? `${at(high)} or less` : `${at(low)} to ${at(high)}`;
    const point = value === null ? "" : at(value);
    return `${point && range ? `${point} (${range})` : point || range} ${unit}`.trim();
  }

  const around = {
    lower: ["the lower end of ", ""],
    upper: ["the upper end of ", ""],
    point: ["the point of ", ""],
    at_most: ["at most ", ""],
    ends: ["the range of ", ""],
    counted: ["", " counted as "],
  };
  const signs = { "+": " + ", "-": " − ", "*": " × ", "/": " ÷ " };

  // A formula with what its parts came to in place of their names.
  function put(tree, words, inside) {
    if (typeof tree === "number") return [String(tree)];
    if (tree.key || tree.table) return words(tree);
    if (!tree.args) return [`${tree.value} ${tree.unit}`];
    const parts = tree.args.map((part) => put(part, words, true));
    const [before, after] = around[tree.fn] ?? ["", ""];
    const made = tree.op ? [...parts[0], signs[tree.op], ...parts[1]]
      : [before, ...parts[0], after && after + tree.unit];
    return inside && tree.op ? ["(", ...made, ")"] : made;
  }

  // All that is checked for one card: each file and each number once, in the order of the formula.
  class Check {
    constructor(numbers) {
      this.numbers = numbers;
      this.steps = [];
      this.found = {};
      this.values = {};
      // What stands for a key or a table function when a formula is printed.
      this.words = new Map();
      this.from = {
        dates: numbers.dates,
        input: (key) => this.values[key],
        rows: (name) => this.found[name].rows,
        scale: (unit) => numbers.scales[unit],
        unit: (name, column) => numbers.units[`${name}/${column}`] ?? "ratio",
      };
    }

    async file(name) {
      if (!this.found[name]) {
        this.found[name] = await whole(name, this.numbers);
        this.steps.push(hashed(this.found[name]));
      }
      return this.found[name];
    }

    async row(key, cells) {
      const [name, id] = key.includes("/") ? key.split("/") : ["facts", key];
      const found = await this.file(name);
      const row = found.rows.find((entry) => entry.id === id);
      if (!row) {
        this.steps.push({ good: false, words: [`${found.file} has no row ${id}.`] });
        return {};
      }
      for (const [holder] of row.refers) await this.file(holder);
      this.steps.push(compare(found, row, cells));
      return row;
    }

    async number(key) {
      if (key in this.values) return;
      const made = this.numbers.derived[key];
      if (made?.tree) await this.formula(key, made);
      else if (made) await this.model(key, made);
      else {
        const row = await this.row(key, this.numbers.rows[key]);
        this.values[key] = chipbookFormula.stated(row, this.numbers.scales[row.unit]);
        this.name(key, row.id ? `${row.value || `${row.low} to ${row.high}`} ${row.unit}` : key);
      }
    }

    name(key, words) {
      this.words.set(key, link(words, numberAt(key)));
    }

    async model(key, made) {
      const [value, low, high] = made.ends;
      this.values[key] = { ...made.words, value, low: low ?? -Infinity, high: high ?? Infinity };
      this.name(key, say(this.values[key], kind(this.values[key], made)));
      this.steps.push({
        words: [this.words.get(key), " comes from a calculation in many steps, no single formula: it is "
          + "taken as the page says it, not computed again here. The notebook of its chapter does so."],
      });
      for (const name of made.reads) await this.file(this.tableOf(name));
    }

    // The table that holds what a model reads: a whole table, or a number by its key.
    tableOf(name) {
      if (name in this.numbers.tables) return name;
      return name.includes("/") ? name.split("/")[0] : name in this.numbers.derived ? "derived" : "facts";
    }

    async formula(key, made) {
      const own = await this.file("derived");
      const { line, formula } = own.rows.find((row) => row.id === key);
      for (const leaf of chipbookFormula.leaves(made.tree)) {
        if (leaf.key) await this.number(leaf.key);
        else await this.overTable(leaf);
      }
      const plain = chipbookFormula.evaluate(made.tree, this.from);
      const result = { ...plain, percent: made.percent ?? plain.percent };
      const words = say(result, kind(result, made));
      this.values[key] = result;
      this.name(key, words);
      const parts = put(made.tree, (leaf) => [this.words.get(leaf.key ?? leaf)]);
      this.steps.push(
        { words: [`Line ${line} of ${own.file}, row `, link(key, own.address(key)), `: ${formula}.`] },
        { words: [...parts, ` = ${words}. `] },
      );
    }

    async overTable(leaf) {
      const found = await this.file(leaf.table);
      for (const [holder] of found.rows.flatMap((row) => row.refers)) await this.file(holder);
      const rows = chipbookFormula.chosen(leaf, found.rows);
      const words = this.sayOver(leaf, rows);
      this.words.set(leaf, words);
      const what = leaf.fn === "only" ? "" : `, ${leaf.fn}`;
      this.steps.push({
        words: [leaf.fn === "count" ? `${words} of ${found.file} counted.`
          : `${found.file}, column ${leaf.column}${what}: ${words}.`],
        rows: rows.map((row) => link(row.id, found.address(row.id))),
      });
    }

    sayOver(leaf, rows) {
      const { fn, table: name, column } = leaf;
      if (fn === "count") return `${rows.length} ${rows.length === 1 ? "row" : "rows"}`;
      if (this.from.dates.includes(column) && rows.length === 1) return rows[0][column];
      const unit = column === "value" ? rows[0]?.unit : this.from.unit(name, column);
      const result = chipbookFormula.evaluate(leaf, this.from);
      return say(result, { scale: this.from.scale(unit), unit: unit === "ratio" ? "" : unit });
    }

    // The result of the last step against what the card was made from.
    matches(key, printed, [value, low, high]) {
      const made = this.numbers.derived[key];
      const result = this.values[key];
      const page = { ...result, value, low: low ?? -Infinity, high: high ?? Infinity };
      const near = (a, b) => a === b || Math.abs(a - b) <= 1e-9 * Math.abs(b);
      const last = this.steps.at(-1);
      last.good = ["value", "low", "high"].every((name) => near(result[name], page[name]));
      last.words.push(`The card says: ${printed}. ` + (last.good
        ? "It was made from this result."
        : `It was made from another: ${say(page, kind(page, made))}.`));
    }
  }

  const anchor = ({ text, href }) => element("a", { href }, text);

  function fold(rows) {
    const title = element("summary", {}, rows.length === 1 ? "Which row" : "Which rows");
    return element("details", {}, title, ...rows.flatMap((row, i) => [i ? ", " : "", anchor(row)]));
  }

  function item({ good, words, rows = [] }) {
    const mark = good === undefined ? "" : good ? "✓ " : "✗ ";
    const said = words.map((part) => (part.href ? anchor(part) : part));
    return element("li", {}, mark, ...said, ...(rows.length ? [fold(rows)] : []));
  }

  function show(place, steps, modelled) {
    const bad = steps.some((step) => step.good === false);
    const verdict = bad
      ? "Does not match: what the page says is not what the published file holds."
      : modelled ? "The files match; the number itself is not computed again here."
      : "Matches: the page says what the published file holds.";
    place.replaceChildren(
      element("p", { className: "verdict" }, verdict),
      element("ul", {}, ...steps.map(item)),
      element("p", {}, "This compares the page with its file. Whether the file is right, only its sources can tell."),
    );
  }

  // ``box`` is the .verify element of a card.
  async function check(box) {
    const place = box.querySelector('[role="status"]');
    const { key } = box.dataset;
    const cells = JSON.parse(box.dataset.cells);
    const printed = box.closest(".card").querySelector(".card-value").textContent;
    // What a reader tries is in no file, so it is neither right nor wrong.
    if (document.querySelector(".whatif-bar:not([hidden])")) {
      const words = "Not checked: the page shows your what-if. Reset it, and check what is published.";
      place.replaceChildren(element("p", { className: "verdict" }, words));
      return;
    }
    place.replaceChildren(element("p", {}, "Checking…"));
    try {
      const checked = new Check(await tools());
      const made = checked.numbers.derived[key];
      await (made ? checked.number(key) : checked.row(key, cells));
      if (made?.tree) checked.matches(key, printed, cells);
      show(place, checked.steps, made && !made.tree);
    } catch (error) {
      const words = `Could not be checked: ${error.message}.`;
      place.replaceChildren(element("p", { className: "verdict" }, words));
    }
  }

  return { check };
})();
