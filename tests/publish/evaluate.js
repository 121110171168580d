// Works formulas out in the browser's code, for the tests. Reads {formulas, inputs, tables} as
// JSON from standard input and writes the [value, low, high] of each formula; null stands for a
// missing point or an open end.
require("../../chipbook/book/static/formula.js");

const { formulas, inputs, tables } = JSON.parse(require("fs").readFileSync(0, "utf8"));

function input(key) {
  if (key in formulas) return evaluate(formulas[key]);
  const [value, low, high] = inputs[key];
  return { value, low: low ?? -Infinity, high: high ?? Infinity };
}

function evaluate(tree) {
  return chipbookFormula.evaluate(tree, { input, rows: (name) => tables[name] });
}

const results = Object.entries(formulas).map(([key, tree]) => {
  const { value, low, high } = evaluate(tree);
  return [key, [value, Number.isFinite(low) ? low : null, Number.isFinite(high) ? high : null]];
});
process.stdout.write(JSON.stringify(Object.fromEntries(results)));
