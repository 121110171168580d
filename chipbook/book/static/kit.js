// The coding kit: a form for each row, then how far the coder, the book's two codings and a class
// agree. The book's codes stay shut until the coder has finished, or asks for them.
(() => {
  const { element } = window.chipbook;
  const { questions, keep, kept, button, table, exports, share, list, scanned, named, percent } = window.chipbook.classroom;

  // Cohen's kappa of pairs of codes: agreement beyond chance; nothing by nothing, NaN, where both use one code throughout.
  function agreement(pairs) {
    const n = pairs.length;
    const same = pairs.filter(([a, b]) => a === b).length;
    const used = (side) => (code) => pairs.filter((pair) => pair[side] === code).length / n;
    const codes = [...new Set(pairs.flat())];
    const chance = codes.reduce((total, code) => total + used(0)(code) * used(1)(code), 0);
    return { n, same, kappa: (same / n - chance) / (1 - chance) };
  }

  for (const kit of document.querySelectorAll(".class-kit")) start(kit);
  scanned();

  function start(kit) {
    const kind = kit.id;
    const parts = [...kit.querySelectorAll(".kit-codes > li")].map((line) => ({
      title: line.textContent.split(":")[0], codes: [...line.querySelectorAll(".code")].map((code) => code.textContent),
    }));
    kit.querySelector(".kit-codes").hidden = true; // Each row has them.
    const items = [...kit.querySelectorAll(":scope > ol > li")];
    // Each part has a digit of its own, the last for "not coded".
    const base = parts.reduce((total, { codes }) => total * (codes.length + 1), 1);
    const set = questions(kind, items.map((item) => item.id), base);
    const pack = (codes) => parts.reduce((whole, part, p) => whole * (part.codes.length + 1) + (codes[p] ? part.codes.indexOf(codes[p]) : part.codes.length), 0);
    const unpack = (answer) => {
      const found = [];
      for (const part of parts.toReversed()) {
        found.unshift(part.codes[answer % (part.codes.length + 1)]);
        answer = Math.floor(answer / (part.codes.length + 1));
      }
      return found;
    };
    // Each row's codes as the page has them: the first coder's, the second's, the decision.
    const ours = items.map((item) => {
      const codes = [...item.querySelectorAll("details.fold .code")].map((code) => code.textContent);
      return [0, 1, 2].map((coder) => parts.map((_, p) => codes[3 * p + coder]));
    });
    const BOOK = ["The book's first coder", "The book's second coder", "The book's decision"];

    const state = { codes: {}, shown: false, ...kept(kind) };
    const forms = items.map((item) => {
      const form = element("div", { className: "kit-form" }, ...parts.map((part, p) => element("fieldset", {},
        element("legend", {}, part.title),
        ...part.codes.map((code) => element("label", {}, element("input", {
          type: "radio", name: `${item.id}-${p}`, value: code, checked: state.codes[item.id]?.[p] === code,
        }), ` ${code}`)))));
      item.querySelector("details.fold").before(form);
      form.addEventListener("input", () => {
        state.codes[item.id] = mine(form);
        keep(kind, state);
        tell();
      });
      return form;
    });
    const mine = (form) => [...form.children].map((part) => part.querySelector("input:checked")?.value ?? "");
    const own = () => forms.map(mine);
    const missing = () => own().flat().filter((code) => !code).length;

    const said = element("p", { className: "class-said", role: "status", tabIndex: -1 });
    const shown = element("div", {});
    const show = button("Show the book's codes", () => {
      state.shown = true;
      keep(kind, state);
      tell();
      for (const item of items) item.querySelector("details.fold").open = true;
      said.focus();
    });
    const again = button("Start again", () => {
      state.codes = {};
      state.shown = false;
      keep(kind, undefined);
      for (const input of kit.querySelectorAll(".kit-form input")) input.checked = false;
      tell();
      forms[0].querySelector("input").focus();
    });

    // Everybody who coded, each with codes by row and part, and one of a class with what tells it
    // apart; the book's only when they are shown.
    let others = [];
    const coders = () => [
      ...(missing() < items.length * parts.length ? [["You", own()]] : []),
      ...(state.shown ? BOOK.map((name, coder) => [name, ours.map((row) => row[coder])]) : []),
      ...others.map((entry, i) => [named(entry, i), entry.answers.map(unpack), `${entry.name} ${entry.code}`]),
    ];
    const against = element("select", { id: `${kind}-against` });
    against.addEventListener("input", () => compare());
    const compared = element("div", {});
    function compare() {
      const every = coders();
      const chosen = against.value;
      against.replaceChildren(...every.map(([name, , id]) => element("option", { value: id ?? name }, name)));
      const base = every.find(([name, , id]) => (id ?? name) === chosen) ?? every[0];
      against.selectedIndex = every.indexOf(base);
      compared.replaceChildren();
      if (every.length < 2) return;
      const cells = ([, codes], p) => {
        const pairs = codes.map((row, i) => [row[p], base[1][i][p]]).filter(([a, b]) => a && b);
        const { n, same, kappa } = agreement(pairs);
        if (!n) return ["no row coded by both", "none"];
        return [`${same} of ${n} (${percent(same / n)})`, Number.isNaN(kappa) ? "not defined: both use one code throughout" : kappa.toFixed(2)];
      };
      compared.append(
        element("p", { className: "class-row" }, element("label", { htmlFor: against.id }, "Compare everyone with "), against),
        table(`Agreement with: ${base[0]}`, ["Coder", ...parts.flatMap(({ title }) => [`${title}: agree`, "Kappa"])],
          every.filter((one) => one !== base).map((one) => [one[0], ...parts.flatMap((_, p) => cells(one, p))])),
        element("p", {}, "Kappa is agreement beyond chance: one is full, zero what chance would give. With so few rows it jumps; one code more or less moves it far."),
        exports(kind, () => [
          ["row", "part", ...every.map(([name]) => name)],
          ...items.flatMap((item, i) => parts.map((part, p) => [item.id.replace("kit-", ""), part.title, ...every.map(([, codes]) => codes[i][p] || "")])),
        ]),
      );
    }

    function tell() {
      const left = missing();
      for (const form of forms) for (const part of form.children) part.disabled = state.shown;
      for (const item of items) item.querySelector("details.fold").hidden = !state.shown;
      said.textContent = state.shown ? "The book's codes stand under each row. Yours can no longer be changed."
        : left ? `${left} of ${items.length * parts.length} codes to go. The book's codes open when you have finished.` : "All coded.";
      show.textContent = left ? "Reveal the book's codes now" : "Show the book's codes";
      show.hidden = state.shown;
      shown.replaceChildren(...(left ? [] : [share(set.encode(own().map(pack)))]));
      compare();
    }

    // Two tabs are one coder.
    addEventListener("storage", ({ key }) => {
      if (key !== kind && key !== null) return;
      Object.assign(state, { codes: {}, shown: false }, kept(kind));
      for (const [i, form] of forms.entries()) {
        for (const [p, part] of [...form.children].entries()) {
          for (const input of part.querySelectorAll("input")) input.checked = input.value === state.codes[items[i].id]?.[p];
        }
      }
      tell();
    });

    kit.append(element("div", { className: "class-panel" },
      element("p", { className: "class-row" }, show, again), said, shown, compared,
      list(set, (entries) => {
        others = entries;
        compare();
        return [];
      })));
    tell();
  }
})();
