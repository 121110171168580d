// The calibration game: true or false, and how sure. The answer of a statement is its fold; what is
// opened before it is answered does not count.
(() => {
  const { element } = window.chipbook;
  const { questions, keep, kept, button, table, exports, share, list, scanned, named, percent } = window.chipbook.classroom;
  const game = document.querySelector("ol.class-game");
  if (!game) return;

  const LEAST = 50, MOST = 99, STEPS = MOST - LEAST + 1;
  const NONE = 2 * STEPS; // An answer is how sure, above 50, and STEPS more for "false".
  const PLACE = "game-answers";
  const items = [...game.children];
  const set = questions("game", items.map((item) => item.id), NONE + 1);
  const read = (answer) => (answer === NONE ? null : { said: answer < STEPS, sure: LEAST + (answer % STEPS) });
  const truths = items.map((item) => item.querySelector("details strong").textContent === "True.");

  // The Brier score: the chance given to what turned out wrong, squared, on average.
  function scored(answers) {
    const all = answers.map(read).map((one, i) => one && { ...one, right: one.said === truths[i] }).filter(Boolean);
    const loss = all.map(({ sure, right }) => ((right ? 100 - sure : sure) / 100) ** 2);
    return { all, n: all.length, brier: loss.reduce((a, b) => a + b, 0) / all.length };
  }
  const points = (score) => score.toFixed(2);
  const BANDS = [50, 60, 70, 80, 90];
  const calibration = (all, whose) => table(`How sure, and how often right: ${whose}`, ["Said", "Right", "Share right"],
    BANDS.map((from) => [from, all.filter(({ sure }) => sure >= from && sure < from + 10)])
      .filter(([, found]) => found.length)
      .map(([from, found]) => {
        const right = found.filter((one) => one.right).length;
        return [`${from} to ${from + 9}%`, `${right} of ${found.length}`, percent(right / found.length)];
      }));

  // --- One player

  const rows = items.map((item, i) => {
    const name = `${item.id}-said`;
    const radio = (words, value) => element("label", {},
      element("input", { type: "radio", name, value }), ` ${words}`);
    const slider = element("input", { type: "range", min: LEAST, max: MOST, value: LEAST, id: `${item.id}-sure` });
    const sure = element("span", { className: "game-sure", ariaHidden: "true" }); // The slider says it.
    const form = element("fieldset", { className: "game-form" },
      element("legend", { className: "hidden-text" }, `Statement ${i + 1}`),
      element("span", { className: "game-said" }, radio("True", "true"), radio("False", "false")),
      element("label", { htmlFor: slider.id }, "How sure?"), slider, sure);
    const fold = item.querySelector("details.fold");
    const result = element("p", { className: "game-result", role: "status" });
    item.querySelector("p").after(form, result);
    const row = {
      item, fold, answer: () => {
        const said = form.querySelector("input:checked")?.value;
        return said ? Number(slider.value) - LEAST + (said === "true" ? 0 : STEPS) : NONE;
      },
      open: () => form.disabled,
    };
    const tell = () => {
      sure.textContent = `${slider.value}%${Number(slider.value) === LEAST ? ", a coin toss" : ""}`;
      slider.setAttribute("aria-valuetext", `${slider.value}% sure`);
    };
    row.reset = () => {
      for (const input of form.querySelectorAll("input[type=radio]")) input.checked = false;
      slider.value = LEAST;
      fold.open = form.disabled = false;
      result.textContent = "";
      item.classList.remove("right", "wrong");
      tell();
    };
    // As it was left, here or in another tab.
    row.restore = (own = {}) => {
      if (form.disabled && !own.opened) row.reset();
      for (const input of form.querySelectorAll("input[type=radio]")) input.checked = own.said === input.value;
      slider.value = own.sure ?? LEAST;
      tell();
      if (!own.opened) return;
      fold.open = true;
      row.reveal();
    };
    row.reveal = () => {
      if (form.disabled) return;
      form.disabled = true;
      const answer = read(row.answer());
      const right = answer && answer.said === truths[i];
      if (answer) item.classList.add(right ? "right" : "wrong");
      result.textContent = !answer ? "Opened before you answered: it does not count."
        : `${right ? "✓ Right" : "✗ Wrong"}: you said ${answer.said}, ${answer.sure}% sure.`;
    };
    const changed = () => {
      const said = form.querySelector("input:checked")?.value;
      // Beside what another tab has kept meanwhile.
      keep(PLACE, { ...kept(PLACE), [item.id]: { said, sure: Number(slider.value), opened: form.disabled } });
      tell();
      score();
    };
    form.addEventListener("input", changed);
    fold.addEventListener("toggle", () => {
      if (!fold.open || form.disabled) return;
      row.reveal();
      changed();
    });
    return row;
  });
  const restore = () => {
    const state = kept(PLACE) ?? {};
    for (const row of rows) row.restore(state[row.item.id]);
  };

  const said = element("p", { className: "class-said", role: "status" });
  const shown = element("div", {});
  const answers = () => rows.map((row) => row.answer());
  function score() {
    const open = rows.filter((row) => row.open()).length;
    const answered = answers().filter((answer) => answer !== NONE).length;
    said.textContent = open === items.length ? "" : `${answered} of ${items.length} answered, ${open} revealed.`;
    const counted = answers().map((answer, i) => (rows[i].open() ? answer : NONE));
    const { all, n, brier } = scored(counted);
    const parts = [];
    if (n) {
      parts.push(element("p", {}, element("strong", {}, `Brier score ${points(brier)}`), `, ${n === 1 ? "one statement" : `${n} statements`} counted. Zero is perfect, 0.25 is a coin toss each time.`));
      parts.push(calibration(all, "you"), element("p", {}, "Whoever is well calibrated is right about as often as they say. A handful of statements in a line says little."));
    }
    if (open === items.length) parts.push(share(set.encode(answers())));
    shown.replaceChildren(...parts);
  }
  const all = button("Reveal all", () => {
    for (const row of rows) row.fold.open = true;
  });
  const again = button("Start again", () => {
    for (const row of rows) row.reset();
    keep(PLACE, undefined);
    score();
    items[0].querySelector("input").focus();
  });

  // --- A class

  const median = (sorted) => {
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  };
  const text = (i) => items[i].querySelector("p").textContent;
  function tell(entries) {
    if (!entries.length) return [];
    const scores = entries.map((entry) => scored(entry.answers));
    const counted = scores.filter(({ n }) => n);
    const sorted = counted.map(({ brier }) => brier).sort((a, b) => a - b);
    const parts = [table("Brier score of each", ["Who", "Brier", "Right"], entries.map((entry, i) => [
      named(entry, i), scores[i].n ? points(scores[i].brier) : "none",
      `${scores[i].all.filter(({ right }) => right).length} of ${scores[i].n}`]))];
    if (!sorted.length) return parts;
    const wrong = items.map((_, i) => {
      const given = entries.map((entry) => read(entry.answers[i])).filter(Boolean);
      return { i, n: given.length, wrong: given.filter((one) => one.said !== truths[i]).length };
    });
    const most = Math.max(...wrong.map((one) => one.n && one.wrong / one.n));
    const worst = wrong.filter((one) => one.wrong && one.wrong / one.n === most);
    parts.push(element("p", { className: "class-summary" },
      `n = ${sorted.length}. Median ${points(median(sorted))}, from ${points(sorted[0])} to ${points(sorted.at(-1))}.`));
    parts.push(...worst.map((one) => element("p", {}, element("strong", {}, "Fooled most: "), `${text(one.i)} (${one.wrong} of ${one.n} wrong)`)));
    parts.push(calibration(counted.flatMap((one) => one.all), "the class"));
    parts.push(exports("calibration-game", () => [
      ["statement", "holds", ...entries.map(named)],
      ...items.map((item, i) => [item.id.replace("game-", ""), truths[i], ...entries.map((entry) => {
        const one = read(entry.answers[i]);
        return one ? `${one.said} ${one.sure}` : "";
      })]),
      ["Brier", "", ...scores.map(({ n, brier }) => (n ? brier.toFixed(4) : ""))],
    ]));
    return parts;
  }

  game.after(element("div", { className: "class-panel" }, element("p", { className: "class-row" }, all, again), said, shown, list(set, tell)));
  restore();
  score();
  scanned();
  // Two tabs are one player.
  addEventListener("storage", ({ key }) => {
    if (key !== PLACE && key !== null) return;
    restore();
    score();
  });
})();
