// What a formula comes to, from the tree that chipbook/data/derived.py reads it into, and how it is
// said. A number is {value, low, high} in base units: value is null where only a range is known, a
// bound may be infinite. What else it carries (said, rough, word, percent, digits) is for its words.
// All of it is chipbook/data/quantity.py, step for step; tests hold both to the same results.
globalThis.chipbookFormula = (() => {
  const LOWER = ["at least", "more than"], UPPER = ["less than", "nearly", "up to"];
  const point = (value) => ({ value, low: value, high: value });
  const said = (a) => a.said ?? [a.low, a.high];

  // A bound of zero times an open bound is zero: the factor really may be zero.
  const over = (of, [a, b], [c, d]) => {
    const met = [of(a, c), of(a, d), of(b, c), of(b, d)].map((made) => (isNaN(made) ? 0 : made));
    return [Math.min(...met), Math.max(...met)];
  };

  // The bounds come by another route than the point and may miss it by a rounding.
  const holding = (value, [low, high]) => {
    if (value === null) return [low, high];
    const near = 1e-12 * Math.abs(value);
    return [Math.abs(low - value) <= near ? value : Math.min(low, value),
      Math.abs(high - value) <= near ? value : Math.max(high, value)];
  };

  // The word of a result: that of a bound where its point is one, if a part has a word.
  function wordOf(a, b, value, ends) {
    const words = [a.word, b.word].filter(Boolean);
    if (!words.length || !ends.includes(value) || ends[0] === ends[1]) return null;
    const soft = words.every((word) => ["at least", "up to"].includes(word));
    if (value === ends[0]) return soft ? "at least" : "more than";
    return soft ? "up to" : "less than";
  }

  const join = (of) => (a, b) => {
    const value = a.value === null || b.value === null ? null : of(a.value, b.value);
    const ends = holding(value, over(of, said(a), said(b)));
    const [low, high] = holding(value, over(of, [a.low, a.high], [b.low, b.high]));
    return {
      value,
      low: Math.min(low, ends[0]),
      high: Math.max(high, ends[1]),
      said: ends,
      rough: [a, b].some((part) => part.rough && (value !== null || part.value === null)),
      word: wordOf(a, b, value, ends),
      percent: Boolean(a.percent && b.percent),
      digits: 2,
    };
  };

  function inverse(a) {
    if (a.value === 0 || (a.low < 0 && a.high > 0) || (a.low === 0 && a.high === 0)) {
      throw new Error("a formula divides by zero");
    }
    const under = (ends) => {
      const met = ends.map((end) => (end === 0 ? (ends[1] === 0 ? -Infinity : Infinity) : 1 / end));
      return [Math.min(...met), Math.max(...met)];
    };
    const [low, high] = under([a.low, a.high]);
    const word = { "at least": "up to", "up to": "at least" }[a.word] ?? a.word;
    return { ...a, value: a.value === null ? null : 1 / a.value, low, high, said: under(said(a)), word };
  }

  const magnitude = (number) => Math.floor(Math.log10(Math.abs(number)) + 1e-12);

  function lastPlace(number) {
    const [digits, power] = Math.abs(Number(number.toPrecision(12))).toExponential().split("e");
    return Number(power) - Math.max(0, digits.length - 2);
  }

  // Place of the last digit that is printed, if that rounds the point.
  function roundedAt({ value, digits }) {
    if (!value || !digits) return -Infinity;
    const place = magnitude(value) + 1 - digits;
    return lastPlace(value) < place ? place : -Infinity;
  }

  // A sum is printed to the last digit of its parts, in up to four.
  const sum = (of) => (a, b) => {
    const made = join(of)(a, b);
    if (!made.value) return made;
    const last = Math.max(lastPlace(made.value), roundedAt(a), roundedAt(b));
    return { ...made, digits: Math.min(Math.max(2, magnitude(made.value) - last + 1), 4) };
  };

  const multiply = join((x, y) => x * y);
  const operations = {
    "+": sum((x, y) => x + y),
    "-": sum((x, y) => x - y),
    "*": multiply,
    "/": (a, b) => ({ ...multiply(a, inverse(b)), percent: false }),
  };

  function known(a) {
    if (a.value === null) throw new Error("a formula asks for the point of a range");
    return a.value;
  }

  const at = (a, value, rough = a.rough && a.value === null) => (
    { ...a, ...point(value), said: [value, value], rough, word: null }
  );
  const functions = {
    lower: (a) => at(a, a.low),
    upper: (a) => at(a, a.high),
    point: (a) => at(a, known(a), a.rough),
    ends: (a) => ({ ...a, value: null, word: null }),
    at_most: (a) => ({ ...a, value: known(a), low: 0, said: [0, said(a)[1]], word: "up to" }),
    counted: (a) => ({ ...a, percent: false }),
  };

  const among = (cell, words) => words.some((word) => String(word) === cell);

  // ISO dates sort as text; one less precise than the bound is never surely inside.
  function during(cell, from, to) {
    const [first, last = first] = cell.split("/");
    return first.length >= from.length && last.length >= to.length
      && first.slice(0, from.length) >= from && last.slice(0, to.length) <= to;
  }

  // An empty cell fits "missing" and "not" alone.
  function meets(cell, rule) {
    if (Array.isArray(rule)) return among(cell, rule);
    if (rule.not) return !among(cell, rule.not);
    if (rule.from) return during(cell, rule.from, rule.to);
    return (cell === "") === rule.missing;
  }

  // The rows of a table that a formula counts or reads.
  const chosen = (tree, rows) => rows.filter((row) => (
    Object.entries(tree.where).every(([column, rule]) => meets(row[column], rule))
  ));

  // The keys and the table functions in a formula, in its order.
  function leaves(tree) {
    if (tree.args) return tree.args.flatMap(leaves);
    return tree.key || tree.table ? [tree] : [];
  }

  // A cell as a number: of a date the days since 1970, of a figure its row with unit and range.
  function cell({ table, column }, row, from) {
    if (column === "value") return stated(row, from.scale(row.unit));
    if (from.dates.includes(column)) return point(Date.parse(row[column].split("/")[0]) / 864e5);
    return point(Number(row[column]) * from.scale(from.unit(table, column)));
  }

  function overTable(tree, from) {
    const found = chosen(tree, from.rows(tree.table));
    if (tree.fn === "count") return point(found.length);
    if (!found.length || (tree.fn === "only" && found.length > 1)) {
      throw new Error(`a formula finds ${found.length} rows of ${tree.table}`);
    }
    return found.map((row) => cell(tree, row, from)).reduce(operations["+"]);
  }

  // What the build found over a table: a number, or the keys of the rows that are added up.
  const found = ({ made }, from) => (
    typeof made === "number" ? point(made) : made.map(from.input).reduce(operations["+"])
  );

  // ``from`` holds what a formula is worked out from: ``input(key)`` gives a number, ``rows(table)``
  // the rows of a table as objects of text, ``scale(unit)`` the size of a unit in base units,
  // ``unit(table, column)`` that of a column, and ``dates`` names the columns that hold dates.
  // Without ``rows`` the tables are not read again.
  function evaluate(tree, from) {
    if (typeof tree === "number") return point(tree);
    if (tree.key) return from.input(tree.key);
    if (tree.table) return from.rows ? overTable(tree, from) : found(tree, from);
    if (!tree.args) return { ...point(tree.value * tree.scale), percent: tree.unit === "percent" };
    const parts = tree.args.map((part) => evaluate(part, from));
    return (operations[tree.op] ?? functions[tree.fn])(...parts);
  }

  const isLower = ({ qualifier }) => LOWER.includes(qualifier);
  const isUpper = ({ qualifier }) => UPPER.includes(qualifier);

  // Half a unit of the last digit that a rounded number was printed with; see half_a_digit there.
  function halfADigit(number) {
    if (!number) return 0;
    const [digits, power] = Math.abs(number).toExponential().split("e");
    const place = Number(power) - digits.replace(".", "").length + (digits === "1" ? 0 : 1);
    return 0.5 * 10 ** place;
  }

  // A row of a table as a number: what its qualifier leaves open is open. Its cells are texts or
  // numbers; an empty one may be null.
  function stated(row, scale) {
    const given = (name) => row[name] !== "" && row[name] !== null && row[name] !== undefined;
    const end = (name) => (given(name) ? Number(row[name]) * scale : null);
    const value = end("value");
    const about = row.qualifier === "about" && value !== null && !given("low") && !given("high");
    const off = about ? halfADigit(Number(row.value)) * scale : 0;
    const low = end("low") ?? (isUpper(row) ? (value < 0 ? -Infinity : 0) : value);
    const high = end("high") ?? (isLower(row) ? Infinity : value);
    if (low > (value ?? low) || (value ?? low) > high) throw new Error("a range ends before it begins");
    return {
      value,
      low: low - off,
      high: high + off,
      said: [low, high],
      rough: row.qualifier === "about",
      word: isLower(row) || isUpper(row) ? row.qualifier : null,
      percent: row.unit === "percent",
      digits: null,
    };
  }

  // Column and reference ("table/row" or "table/row/column") of what a row takes from elsewhere;
  // the column is empty for a whole figure. See chipbook/data/refs.py.
  const references = (row) => Object.entries(row)
    .filter(([name, key]) => key && (name === "row" || name.endsWith("_row")))
    .map(([name, key]) => [name.slice(0, -4), ...key.split("/")]);

  const figure = ["value", "unit", "qualifier", "low", "high", "period", "status", "report_id",
    "reply_scope", "source_ids"];

  // A row with the cells filled that it refers to; ``rowOf(table, id)`` gives a row as it stands.
  function resolved(row, rowOf) {
    const whole = { ...row };
    for (const [column, table, id, source = "value"] of references(row)) {
      const held = rowOf(table, id);
      if (!column) {
        for (const name of figure) if (row[name] === "" && name in held) whole[name] = held[name];
        continue;
      }
      whole[column] = held[source];
      // "More than" and the like state their bound, which is the number itself.
      if (["value", "amount"].includes(column) && isLower(row)) whole.low = held[source];
      if (["value", "amount"].includes(column) && isUpper(row)) whole.high = held[source];
    }
    if (row.spread) {
      const off = (by) => String(Number((Number(whole.value) + by).toPrecision(15)));
      [whole.low, whole.high] = [off(-Number(row.spread)), off(Number(row.spread))];
    }
    return whole;
  }

  // --- A number in words. ``written`` is what stands around it: see Written in quantity.py.

  const halfUp = (number) => Math.sign(number) * Math.floor(Math.abs(number) + 0.5);

  // "more than" and the like where the number is a bound of itself.
  function sideOf(a) {
    const [low, high] = said(a);
    if (a.value === null || low === high) return "";
    if (a.value === low && (LOWER.includes(a.word) || high === Infinity)) {
      return LOWER.includes(a.word) ? a.word : "more than";
    }
    return a.value === high && UPPER.includes(a.word) ? a.word : "";
  }

  function slack(a) {
    const below = a.value - a.low, above = a.high - a.value, side = sideOf(a);
    return LOWER.includes(side) ? below : side ? above : Math.max(below, above);
  }

  // Whether the bounds are printed: of a range, and of what is computed beyond "about".
  const spread = (a) => a.value === null
    || (a.digits !== null && slack(a) > 0.1 * Math.abs(a.value) * (1 + 1e-9));

  function knownEnds(a) {
    const side = sideOf(a);
    const below = a.low === -Infinity || (a.low === 0 && a.value !== null) || UPPER.includes(side);
    const above = a.high === Infinity || LOWER.includes(side);
    return [below ? null : a.low, above ? null : a.high];
  }

  function qualifier(a) {
    if (a.value === null) return a.rough ? "about" : "";
    if (spread(a)) {
      const [low, high] = knownEnds(a);
      return (low === null) === (high === null) ? "" : high === null ? "at least" : "up to";
    }
    const side = sideOf(a);
    if (side) return a.rough ? `${side} about` : side;
    return a.rough || said(a)[0] !== said(a)[1] ? "about" : "";
  }

  function inDigits(given, digits, rounding) {
    let number = given;
    if (digits && number && Number.isFinite(number)) {
      const places = digits - 1 - magnitude(number);
      // The first rounding takes off what binary arithmetic adds.
      const whole = rounding(Number((number * Number(`1e${places}`)).toFixed(6)));
      number = Number((whole / Number(`1e${places}`)).toFixed(Math.max(places, 0)));
    }
    if (Math.abs(number) >= 1e18) {
      const power = number.toExponential().replace(/^(-?)1e\+/, (_, sign) => `${sign}10^`).replace("e+", " × 10^");
      return power.replace("-", "−");
    }
    // Binary arithmetic has no more than 15 digits to say.
    const [whole, part] = Number(number.toPrecision(15)).toFixed(10).replace(/0+$/, "").split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
    return (part ? `${grouped}.${part}` : grouped).replace(/^-0$/, "0").replace("-", "−");
  }

  const steps = [[" trillion", 1e12], [" billion", 1e9], [" million", 1e6]];

  function people(number, a, digits, rounding, [before, after, per, factor, scaled]) {
    if (!Number.isFinite(number)) return "no limit";
    if (a.percent) return `${inDigits(number * 100, digits, rounding)}%`;
    const size = number * factor;
    const fits = ([, step]) => Math.abs(size) >= step * (digits ? 0.9995 : 1);
    const [word, step] = (scaled && steps.find(fits)) || ["", 1];
    const text = inDigits(size / step, digits, rounding);
    const noun = text === "1" && after === " people" ? " person" : after;
    return `${text.startsWith("−") ? "−" : ""}${before}${text.replace("−", "")}${word}${noun}${per}`;
  }

  // How many digits to print: those that a rounding leaves known, and the first in doubt.
  function honest(a) {
    const off = slack(a);
    if (!a.digits || !a.value || !(off > 0 && off < Infinity)) return a.digits;
    return Math.max(1, Math.min(a.digits, magnitude(a.value) - magnitude(off) + 1));
  }

  // Both bounds, rounded outwards and to one place: 95 to 105%, not 95 to 110%.
  function endsInWords(a, written) {
    const apart = [a.low, a.high].map((end) => (
      end && Number.isFinite(end) ? magnitude(end) : -Infinity
    ));
    return [[a.low, Math.floor], [a.high, Math.ceil]].map(([end, rounding], i) => (
      people(end, a, a.digits && a.digits + (apart[i] - apart[1 - i] === 1), rounding, written)
    ));
  }

  // "$10,000 to $15,000", but "20 to 30%" and "1 to 2 billion yuan".
  function commonUnitDropped(low, high) {
    for (let cut = 0; cut < low.length; cut += 1) {
      const tail = low.slice(cut);
      if (!/\d/.test(tail) && high.endsWith(tail)) return low.slice(0, cut);
    }
    return low;
  }

  function amount(a, written) {
    if (!spread(a)) {
      const side = sideOf(a);
      const rounding = LOWER.includes(side) ? Math.floor : side ? Math.ceil : halfUp;
      return people(a.value, a, honest(a), rounding, written);
    }
    const [low, high] = knownEnds(a), words = endsInWords(a, written);
    if (low === null && high === null) return "any amount";
    if (low === null || high === null) return words[high === null ? 0 : 1];
    return `${commonUnitDropped(...words)} to ${words[1]}`;
  }

  // A number as people write it, in a ``form`` of the role {fact}: "", cap, amount or number.
  function inWords(a, written, form = "") {
    const words = amount(a, written);
    if (form === "amount") return words;
    const bare = form === "number"
      ? words.replace(/(.*\d%?( (million|billion|trillion)\b)?).*/, "$1") : words;
    const text = `${qualifier(a)} ${bare}`.trim();
    return form === "cap" ? text[0].toUpperCase() + text.slice(1) : text;
  }

  // --- The numbers of the book as they would be with other values.

  // ``numbers`` is what chipbook/publish/verify.py writes; ``tried`` maps keys of rows to values in
  // the units of these. A value takes the place of its whole figure, and is exact: words ("more
  // than") and ranges go.
  function trial(numbers, tried) {
    const { holders, rows, takes, derived, scales, written } = numbers;
    const made = new Map(), resting = new Map();
    const own = (key) => holders[key] ?? key;
    const values = new Map([...tried].map(([key, value]) => [own(key), value]));

    function row(key) {
      const [value, unit, qualifier, low, high] = rows[key];
      const cells = { value, unit, qualifier, low, high };
      const other = (name, number) => {
        cells[name] = number;
        if (name === "value" && isLower(cells)) cells.low = number;
        if (name === "value" && isUpper(cells)) cells.high = number;
      };
      if (values.has(key)) {
        Object.assign(cells, { value: values.get(key), qualifier: "exact", low: null, high: null });
      } else {
        for (const [name, from] of Object.entries(takes[key] ?? {})) other(name, row(own(from)).value);
      }
      return cells;
    }

    function shown(number, { digits, percent }) {
      return { ...number, digits: digits ?? number.digits ?? null, percent: percent ?? number.percent };
    }

    function work(key) {
      const recipe = derived[key];
      if (!recipe) {
        const cells = row(key);
        return stated(cells, scales[cells.unit]);
      }
      if (recipe.tree) return shown(evaluate(recipe.tree, { input: number }), recipe);
      const [value, low, high] = recipe.ends;
      return { ...recipe.words, value, low: low ?? -Infinity, high: high ?? Infinity };
    }

    function number(key) {
      const name = own(key);
      if (!made.has(name)) made.set(name, work(name));
      return made.get(name);
    }

    // Whether a number rests on one that is tried: by its formula, or by what its model reads.
    const tables = [...values.keys()].map((key) => (key.includes("/") ? key.split("/")[0] : "facts"));
    const reads = (name) => (name in numbers.tables
      ? tables.includes(name) || (numbers.fed[name] ?? []).some(rests) : rests(name));

    function rests(key) {
      const name = own(key);
      if (!resting.has(name)) {
        const recipe = derived[name] ?? {};
        const parts = recipe.tree
          ? leaves(recipe.tree).flatMap((leaf) => leaf.key ?? leaf.made).filter(isNaN)
          : Object.values(takes[name] ?? {});
        resting.set(name, values.has(name) || parts.some(rests) || (recipe.reads ?? []).some(reads));
      }
      return resting.get(name);
    }

    const say = (key, form) => {
      const name = own(key);
      return inWords(number(name), written[derived[name]?.dims ?? rows[name][1]], form);
    };
    return { number, rests, say };
  }

  return { chosen, evaluate, inWords, leaves, references, resolved, stated, trial };
})();
