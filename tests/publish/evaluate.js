// Works formulas out in the browser's code, for the tests. Reads from standard input, as JSON,
// formulas (key → tree), inputs (key → value, low, high), tables (rows of text as a file has them),
// and units, scales and dates as formula.js wants them. Writes key → value, low, high; null stands
// for a missing point or an open end.
require("../../chipbook/book/static/formula.js");

const { formulas, inputs, tables, units, scales, dates, held = {} } = JSON.parse(
  require("fs").readFileSync(0, "utf8"),
);
const { evaluate, resolved, stated } = chipbookFormula;

const written = (table, id) => (
  table === "derived" ? { value: held[id] } : tables[table].find((row) => row.id === id)
);
const whole = (row) => resolved(row, written);

function input(key) {
  if (key in formulas) return evaluate(formulas[key], from);
  if (key in inputs) {
    const [value, low, high] = inputs[key];
    return { value, low: low ?? -Infinity, high: high ?? Infinity };
  }
  const row = whole(written(...(key.includes("/") ? key.split("/") : ["facts", key])));
  return stated(row, scales[row.unit]);
}

const from = {
  dates,
  input,
  rows: (table) => tables[table].map(whole),
  scale: (unit) => scales[unit],
  unit: (table, column) => units[`${table}/${column}`] ?? "ratio",
};

const end = (number) => (Number.isFinite(number) ? number : null);
const results = Object.keys(formulas).map((key) => {
  const { value, low, high } = input(key);
  return [key, [value, end(low), end(high)]];
});
process.stdout.write(JSON.stringify(Object.fromEntries(results)));
