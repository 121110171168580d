// What a formula comes to, from the tree that chipbook/data/derived.py reads it into. A number is
// {value, low, high} in base units: value is null where only a range is known, a bound may be
// infinite. The arithmetic is that of chipbook/data/quantity.py, step for step; the cases in
// tests/fixtures/formula_cases.json hold both to the same results.
globalThis.chipbookFormula = (() => {
  const point = (value) => ({ value, low: value, high: value });

  // The bounds come by another route than the point and may miss it by a rounding.
  const result = (value, low, high) => (value === null ? { value, low, high }
    : { value, low: Math.min(low, value), high: Math.max(high, value) });

  const both = (a, b, join) => (a.value === null || b.value === null ? null : join(a.value, b.value));

  // A bound of zero times an open bound is zero: the factor really may be zero.
  const times = (a, b) => (a === 0 || b === 0 ? 0 : a * b);

  function multiply(a, b) {
    const corners = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => times(x, y)));
    return result(both(a, b, (x, y) => x * y), Math.min(...corners), Math.max(...corners));
  }

  function inverse(a) {
    if (a.value === 0 || (a.low < 0 && a.high > 0) || (a.low === 0 && a.high === 0)) {
      throw new Error("a formula divides by zero");
    }
    const open = a.high === 0 ? -Infinity : Infinity;
    const ends = [a.low, a.high].map((bound) => (bound === 0 ? open : 1 / bound));
    const value = a.value === null ? null : 1 / a.value;
    return { value, low: Math.min(...ends), high: Math.max(...ends) };
  }

  const operations = {
    "+": (a, b) => result(both(a, b, (x, y) => x + y), a.low + b.low, a.high + b.high),
    "-": (a, b) => result(both(a, b, (x, y) => x - y), a.low - b.high, a.high - b.low),
    "*": multiply,
    "/": (a, b) => multiply(a, inverse(b)),
  };

  function known(a) {
    if (a.value === null) throw new Error("a formula asks for the point of a range");
    return a.value;
  }

  const functions = {
    lower: (a) => point(a.low),
    upper: (a) => point(a.high),
    point: (a) => point(known(a)),
    ends: (a) => ({ ...a, value: null }),
    at_most: (a) => ({ value: known(a), low: 0, high: a.high }),
    counted: (a) => a,
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

  // ``from`` holds what a formula is worked out from: ``input(key)`` gives a number, ``rows(table)``
  // the rows of a table as objects of text, ``scale(unit)`` the size of a unit in base units,
  // ``unit(table, column)`` that of a column, and ``dates`` names the columns that hold dates.
  function evaluate(tree, from) {
    if (typeof tree === "number") return point(tree);
    if (tree.key) return from.input(tree.key);
    if (tree.table) return overTable(tree, from);
    if (!tree.args) return point(tree.value * tree.scale);
    const parts = tree.args.map((part) => evaluate(part, from));
    return (operations[tree.op] ?? functions[tree.fn])(...parts);
  }

  const isLower = ({ qualifier }) => ["at least", "more than"].includes(qualifier);
  const isUpper = ({ qualifier }) => ["less than", "nearly", "up to"].includes(qualifier);

  // Half a unit of the last digit that a rounded number was printed with; see half_a_digit there.
  function halfADigit(number) {
    if (!number) return 0;
    const [digits, power] = Math.abs(number).toExponential().split("e");
    const place = Number(power) - digits.replace(".", "").length + (digits === "1" ? 0 : 1);
    return 0.5 * 10 ** place;
  }

  // A row of a table as a number: what its qualifier leaves open is open.
  function stated(row, scale) {
    const end = (name) => (row[name] ? Number(row[name]) * scale : null);
    const value = end("value");
    const about = row.qualifier === "about" && !row.low && !row.high;
    const off = about ? halfADigit(Number(row.value)) * scale : 0;
    return {
      value,
      low: end("low") ?? (isUpper(row) ? (value < 0 ? -Infinity : 0) : value - off),
      high: end("high") ?? (isLower(row) ? Infinity : value + off),
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

  return { chosen, evaluate, leaves, references, resolved, stated };
})();
