// "Verify here" on a number card: hash the table, find the row, work the formula out again. Loaded
// by cards.js at the first press, with everything it needs from the site itself.
window.chipbookVerify = (() => {
  const scripts = new URL("./", document.currentScript.src);
  const site = new URL("../", scripts);
  const arrived = { tables: {} };

  function load(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => {
        script.remove();
        reject(new Error(`${address.pathname.split("/").at(-1)} could not be read`));
      });
      document.head.append(script);
    });
  }

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

  const tools = () => once("tools", async () => {
    await Promise.all([
      load(new URL("vendor/js-sha256-1.0.0/sha256.min.js", scripts)),
      load(new URL("verify/numbers.js", scripts)),
    ]);
    return arrived.numbers;
  });

  // The text of a table, and its hash. A page opened from a file may not read its neighbours, so
  // there the copy that the build wrote as a script stands in.
  const table = (name, numbers) => once(`table ${name}`, async () => {
    const [path, expected] = numbers.tables[name];
    const copy = location.protocol === "file:";
    let bytes;
    if (copy) {
      await load(new URL(`data/${path}.js`, site));
      bytes = new TextEncoder().encode(arrived.tables[name]);
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
      rows: parse(new TextDecoder().decode(bytes)),
    };
  });

  // Rows of a CSV file as objects by column, each with the line that it starts on.
  function parse(text) {
    const records = [];
    let cells = [], cell = "", quoted = false, line = 1, start = 1;
    const end = () => {
      cells.push(cell);
      if (cells.length > 1 || cells[0]) records.push([start, cells]);
      [cells, cell] = [[], ""];
    };
    for (let i = 0; i < text.length; i++) {
      const sign = text[i];
      if (sign === "\n") line++;
      if (quoted) {
        if (sign !== '"') cell += sign;
        else if (text[i + 1] === '"') { cell += sign; i++; }
        else quoted = false;
      } else if (sign === '"') quoted = true;
      else if (sign === ",") { cells.push(cell); cell = ""; }
      else if (sign === "\n") { end(); start = line; }
      else if (sign !== "\r") cell += sign;
    }
    if (cell || cells.length) end();
    const [[, names], ...rest] = records;
    return rest.map(([at, row]) => ({
      line: at, ...Object.fromEntries(names.map((name, i) => [name, row[i] ?? ""])),
    }));
  }

  const columns = ["value", "unit", "qualifier", "low", "high"];
  const same = (text, cell) => (
    cell === null ? text === "" : typeof cell === "number" ? text !== "" && Number(text) === cell
      : text === cell
  );

  // A row with the cells filled that it refers to, as chipbook/data/refs.py does it, and the files
  // that hold them.
  async function whole(row, numbers) {
    const filled = { ...row }, files = [];
    const held = async (key) => {
      const [name, id, column = "value"] = key.split("/");
      const found = await table(name, numbers);
      files.push(found);
      return [found.rows.find((entry) => entry.id === id) ?? {}, column];
    };
    if (row.row) {
      const [other] = await held(row.row);
      for (const name of columns) filled[name] ||= other[name] ?? "";
    }
    for (const name of columns.filter((each) => row[`${each}_row`])) {
      const [other, column] = await held(row[`${name}_row`]);
      filled[name] = other[column] ?? "";
    }
    if (row.value_row && ["at least", "more than"].includes(row.qualifier)) filled.low = filled.value;
    if (row.value_row && ["less than", "nearly", "up to"].includes(row.qualifier)) filled.high = filled.value;
    if (row.spread) {
      filled.low = String(Number(filled.value) - Number(row.spread));
      filled.high = String(Number(filled.value) + Number(row.spread));
    }
    return [filled, files];
  }

  // One row against what the page was made from.
  async function compare(found, id, cells, numbers) {
    const written = found.rows.find((entry) => entry.id === id);
    if (!written) return { good: false, words: `${found.file} has no row ${id}.` };
    const [row, files] = await whole(written, numbers);
    const held = columns.map((name) => row[name] ?? "");
    const wrong = columns.filter((_, i) => !same(held[i], cells[i]));
    const listed = columns.map((name, i) => `${name} ${held[i] || "–"}`).join(", ");
    const from = [row.row, ...columns.map((name) => row[`${name}_row`])].filter(Boolean);
    const by = from.length ? `, held by ${from.join(", ")}` : "";
    return {
      row,
      files,
      good: !wrong.length,
      words: `Line ${row.line} of ${found.file}, row ${id}${by}: ${listed}. ` + (wrong.length
        ? `The card was made from another ${wrong.join(", ")}: ${columns.map((name, i) => (
          wrong.includes(name) ? `${name} ${cells[i] ?? "–"}` : "")).filter(Boolean).join(", ")}.`
        : "The card was made from these cells."),
    };
  }

  function hashed(found) {
    const good = found.found === found.expected;
    const what = found.copy
      ? `${found.file}.js (the copy beside the table: a page opened from a file may not read the table itself)`
      : found.file;
    return {
      good,
      words: good
        ? `${what}: the SHA-256 is the published one, ${found.found}.`
        : `${what} is not the published file: its SHA-256 is ${found.found}, the published one ${found.expected}.`,
    };
  }

  const rowOf = (key) => key.split("/").at(-1);

  async function ofRow(key, name, cells, numbers) {
    const found = await table(name, numbers);
    const step = await compare(found, rowOf(key), cells, numbers);
    return [...[...new Set([found, ...step.files ?? []])].map(hashed), step];
  }

  async function ofTables(recipe, numbers) {
    const steps = [{
      words: "This number is counted over a table, drawn by a model or taken from a range: it does not "
        + "follow from single rows, so it is not computed again here. The notebook of its chapter does "
        + `so, with ${recipe.function}. ${recipe.tables.length
          ? "Here only the files it is made from are checked." : "It names no row of a table."}`,
    }];
    for (const name of recipe.tables) steps.push(hashed(await table(name, numbers)));
    return steps;
  }

  const digits = (number) => String(Number(number.toPrecision(6)));

  function work(rpn, values) {
    const stack = [];
    const signs = {
      "+": (a, b) => a + b, "−": (a, b) => a - b, "×": (a, b) => a * b, "÷": (a, b) => a / b,
    };
    for (const token of rpn) {
      if (signs[token]) {
        const b = stack.pop();
        stack.push(signs[token](stack.pop(), b));
      } else stack.push(typeof token === "number" ? token : values[token]);
    }
    return stack[0];
  }

  async function ofFormula(recipe, printed, value, numbers) {
    const keys = [...new Set(recipe.rpn.filter((token) => numbers.rows[token]))];
    const steps = [], values = {}, words = {}, seen = new Set();
    for (const key of keys) {
      const [name, cells, scale] = numbers.rows[key];
      const found = await table(name, numbers);
      const step = await compare(found, rowOf(key), cells, numbers);
      for (const file of [found, ...step.files ?? []]) if (!seen.has(file)) steps.push(hashed(file));
      for (const file of [found, ...step.files ?? []]) seen.add(file);
      steps.push(step);
      values[key] = step.row ? Number(step.row.value) * scale : NaN;
      words[key] = step.row ? `${step.row.value} ${step.row.unit}` : key;
    }
    const result = work(recipe.rpn, values);
    const good = Math.abs(result - value) <= 1e-9 * Math.abs(value);
    const put = recipe.formula.replace(/[^\s()]+/g, (token) => words[token] ?? token);
    steps.push({
      good,
      words: `${recipe.formula} = ${put} = ${digits(result / recipe.scale)} ${recipe.unit}. `
        + `The card says: ${printed}. ` + (good
        ? "It was made from this result."
        : `It was made from another: ${digits(value / recipe.scale)} ${recipe.unit}.`),
    });
    return steps;
  }

  function paragraph(words, name) {
    const node = document.createElement("p");
    if (name) node.className = name;
    node.textContent = words;
    return node;
  }

  function show(place, steps, counted) {
    const bad = steps.filter((step) => step.good === false).length;
    const verdict = bad
      ? "Does not match: what the page says is not what the published file holds."
      : counted ? "The files match; the number itself is not computed again here."
      : "Matches: the page says what the published file holds.";
    const list = document.createElement("ul");
    for (const step of steps) {
      const item = document.createElement("li");
      item.textContent = (step.good === undefined ? "" : step.good ? "✓ " : "✗ ") + step.words;
      list.append(item);
    }
    place.replaceChildren(
      paragraph(verdict, "verdict"),
      list,
      paragraph("This compares the page with its file. Whether the file is right, only its sources can tell."),
    );
  }

  // ``box`` is the .verify element of a card.
  async function check(box) {
    const place = box.querySelector('[role="status"]');
    const { key, table: name } = box.dataset;
    const cells = JSON.parse(box.dataset.cells);
    const printed = box.closest(".card").querySelector(".card-value").textContent;
    place.replaceChildren(paragraph("Checking…"));
    try {
      const numbers = await tools();
      const recipe = numbers.derived[key];
      const steps = name ? await ofRow(key, name, cells, numbers)
        : recipe.rpn ? await ofFormula(recipe, printed, cells, numbers)
        : await ofTables(recipe, numbers);
      show(place, steps, !name && !recipe.rpn);
    } catch (error) {
      place.replaceChildren(paragraph(`Could not be checked: ${error.message}.`, "verdict"));
    }
  }

  return {
    check,
    numbers: (data) => { arrived.numbers = data; },
    table: (name, text) => { arrived.tables[name] = text; },
  };
})();
