// Works out the book as it would be with other values, in the browser's code, for the tests. Reads
// from standard input, as JSON, numbers (see chipbook/publish/verify.py) and settings: lists of
// [key, value]. Writes for each setting key → value, low, high and words; null for an open end.
require("../../chipbook/book/static/formula.js");

const { numbers, settings } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const end = (number) => (Number.isFinite(number) ? number : null);

function made(trial, key) {
  try {
    const { value, low, high } = trial.number(key);
    return [value, end(low), end(high), trial.say(key), trial.rests(key)];
  } catch (error) {
    return error.message;
  }
}

const keys = [...Object.keys(numbers.derived), ...Object.keys(numbers.rows)];
const results = settings.map((setting) => {
  const trial = chipbookFormula.trial(numbers, new Map(setting));
  return Object.fromEntries(keys.map((key) => [key, made(trial, key)]));
});
process.stdout.write(JSON.stringify(results));
