// What the game and the coding kit share: answers as a short code to type, paste or scan, and the
// list of a class. Everything stays in this browser.
window.chipbook.classroom = (() => {
  const { element, load } = window.chipbook;
  const scripts = new URL("./", document.currentScript.src);

  // Opened from a file, some browsers refuse storage: what is kept then lasts as long as the page.
  const held = {};
  function keep(name, value) {
    held[name] = value;
    try {
      if (value === undefined) localStorage.removeItem(name);
      else localStorage.setItem(name, JSON.stringify(value));
      delete held[name];
    } catch { /* see above */ }
  }
  function kept(name) {
    try { return JSON.parse(localStorage.getItem(name)) ?? held[name]; } catch { return held[name]; }
  }

  // --- Codes

  // No I, L, O, S, U, which are read as 1, 1, 0, 5, V. A prime number of signs: with a weight for
  // each place, the last sign tells any wrong sign and any two that changed places.
  const SIGNS = "0123456789ABCDEFGHJKMNPQRTVWXYZ";
  const P = SIGNS.length;
  const READ = { I: "1", L: "1", O: "0", S: "5", U: "V" };
  // Whatever else is in a word, it is no part of a code, but maybe a name in other letters.
  const GROUP = /^[0-9A-Z\p{P}]+$/iu;
  const plain = (text) => [...text.toUpperCase().replace(/[^0-9A-Z]/g, "")].map((c) => READ[c] ?? c).join("");
  const sum = (places, check) => (
    places.reduce((total, place, i) => total + (i + 1) * place, 0) + (P - 1) * check) % P;

  // A set of questions: ``ids`` in their order, each with ``base`` answers, 0 to base - 1. A tag in
  // front of the answers tells sets apart, so that a code of other questions is refused.
  function questions(kind, ids, base) {
    let hash = 0x811c9dc5;
    for (const sign of [kind, ...ids].join(" ")) hash = Math.imul(hash ^ sign.codePointAt(0), 0x01000193) >>> 0;
    const tags = P * P;
    const most = BigInt(tags) * BigInt(base) ** BigInt(ids.length);
    let length = 3;
    while (BigInt(P) ** BigInt(length) < most || (length + 1) % 4) length += 1;

    function encode(answers) {
      let value = answers.reduceRight((whole, answer) => whole * BigInt(base) + BigInt(answer), 0n);
      value = value * BigInt(tags) + BigInt(hash % tags);
      const places = Array.from({ length }, () => {
        const place = Number(value % BigInt(P));
        value /= BigInt(P);
        return place;
      });
      places.push(sum(places, 0));
      return places.map((place) => SIGNS[place]).join("").replace(/.{4}(?=.)/g, "$&-");
    }

    // The answers of a code, or in words why it is none.
    function decode(text) {
      const code = plain(text);
      if (code.length !== length + 1) return `A code has ${length + 1} signs, this has ${code.length}.`;
      const places = [...code].map((sign) => SIGNS.indexOf(sign));
      const check = places.pop();
      // The weight of the last sign is -1.
      if (sum(places, check)) return "A sign is wrong, or two have changed places.";
      let value = places.reduceRight((whole, place) => whole * BigInt(P) + BigInt(place), 0n);
      if (Number(value % BigInt(tags)) !== hash % tags) return "It is a code of other questions, or of another edition of them.";
      value /= BigInt(tags);
      const answers = ids.map(() => {
        const answer = Number(value % BigInt(base));
        value /= BigInt(base);
        return answer;
      });
      return value ? "It holds no answers." : answers;
    }

    // A line of a list: a code, and around it a name if there is one. Signs may stand in groups.
    function line(text) {
      const words = text.replace(/\S*#add=/, " ").split(/[\s,;:|"()]+/).filter((word) => /\P{P}/u.test(word));
      let fault = "No code in it.";
      for (let from = 0; from < words.length; from += 1) {
        let part = "";
        for (let to = from + 1; to <= words.length && part.length <= length; to += 1) {
          if (!GROUP.test(words[to - 1])) break;
          part += plain(words[to - 1]);
          if (part.length !== length + 1) continue;
          const answers = decode(part);
          const name = [...words.slice(0, from), ...words.slice(to)].join(" ");
          if (typeof answers !== "string") return { name, code: encode(answers), answers };
          fault = answers;
        }
      }
      const near = words.map(plain).find((word) => Math.abs(word.length - length - 1) < 3 && /\d/.test(word));
      return { fault: near && fault === "No code in it." ? decode(near) : fault };
    }

    return { kind, encode, decode, line };
  }

  // --- Parts of a page

  const button = (words, act, properties = {}) => {
    const made = element("button", { type: "button", className: "class-button", ...properties }, words);
    made.addEventListener("click", act);
    return made;
  };

  function table(caption, heads, rows) {
    const cell = (content, i) => {
      if (!i) return element("th", { scope: "row" }, content);
      // On a phone a row is a card, and its cells have their heads beside them.
      const made = element("td", {}, element("span", {}, content));
      made.dataset.label = heads[i];
      return made;
    };
    return element("div", { className: "table-scroll class-table" }, element("table", {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map(cell))))));
  }

  // A cell that a spreadsheet would take for a formula begins with an apostrophe.
  const csv = (rows) => rows.map((row) => row.map((cell) => {
    const text = String(cell).replace(/^[=+\-@＝＋－＠\t\r]/, "'$&");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")).join("\r\n") + "\r\n";

  // Two buttons that hand over a table; ``rows`` makes it, with its heads first.
  function exports(name, rows) {
    const said = element("span", { className: "class-said", role: "status" });
    return element("p", { className: "class-row" },
      button("Copy as CSV", async () => {
        try {
          await navigator.clipboard.writeText(csv(rows()));
          said.textContent = "Copied.";
        } catch { said.textContent = "This browser does not let a page copy. Download it instead."; }
      }),
      button("Download CSV", () => {
        const href = URL.createObjectURL(new Blob([csv(rows())], { type: "text/csv" }));
        element("a", { href, download: `${name}.csv` }).click();
        URL.revokeObjectURL(href);
        said.textContent = `Saved as ${name}.csv.`;
      }), said);
  }

  // A student's code, to read aloud, copy or scan. From a file there is no address to lead to.
  function share(code) {
    const address = location.protocol === "file:" ? code : `${location.href.split("#")[0]}#add=${code}`;
    const picture = element("div", { className: "class-qr" });
    const show = button("Show as QR code", async () => {
      await load(new URL("vendor/qrcode-generator-2.0.4/qrcode.js", scripts));
      const qr = window.qrcode(0, "M");
      qr.addData(address);
      qr.make();
      const size = qr.getModuleCount();
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      let drawn = "";
      for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) if (qr.isDark(y, x)) drawn += `M${x} ${y}h1v1h-1z`;
      path.setAttribute("d", drawn);
      svg.setAttribute("viewBox", `-4 -4 ${size + 8} ${size + 8}`);
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", `QR code of ${address}`);
      svg.setAttribute("tabindex", "-1");
      svg.append(path);
      picture.replaceChildren(svg);
      show.hidden = true;
      svg.focus();
    });
    return element("div", { className: "class-share" },
      element("p", {}, "Your code: ", element("code", { className: "class-code" }, code)),
      element("p", { className: "class-row" }, show), picture);
  }

  const FAULTS = 20; // Lines whose faults are told one by one.

  // The list of a class for a set of questions. ``tell(entries)`` gives what is shown of it.
  function list(set, tell) {
    const place = `class-${set.kind}`;
    // Of another edition of the book, or not ours at all, is what holds no code.
    const read = () => [kept(place)].flat()
      .map((entry) => ({ name: String(entry?.name ?? ""), code: entry?.code, answers: set.decode(String(entry?.code)) }))
      .filter(({ answers }) => typeof answers !== "string");
    let entries = read();
    const field = element("textarea", { id: `${place}-codes`, rows: 4, spellcheck: false, autocomplete: "off" });
    const said = element("div", { className: "class-said", role: "status" });
    const shown = element("div", {});
    const save = () => {
      keep(place, entries.length ? entries.map(({ name, code }) => ({ name, code })) : undefined);
      show();
    };
    const show = () => {
      shown.replaceChildren(...tell(entries));
      if (entries.length) {
        shown.append(element("ul", { className: "class-names", ariaLabel: "Codes in the list" }, ...entries.map((entry, i) => element("li", {},
          named(entry, i), " ", button("Take out", () => { entries = entries.filter((one) => one !== entry); save(); field.focus(); }, { ariaLabel: `Take out ${named(entry, i)}` })))));
      }
      erase.hidden = !entries.length;
    };
    function add(text) {
      const faults = [], before = entries.length, left = [];
      let twice = 0;
      for (const [i, line] of text.split("\n").entries()) {
        if (!line.trim()) continue;
        const found = set.line(line);
        if (found.fault) {
          faults.push(`Line ${i + 1}: ${found.fault}`);
          left.push(line);
        } else if (entries.some((entry) => entry.code === found.code && (!found.name || entry.name === found.name))) twice += 1;
        else entries.push(found);
      }
      const added = entries.length - before;
      said.replaceChildren(...[
        `${added} ${added === 1 ? "code" : "codes"} added.`,
        ...(twice ? [`${twice} stood in the list already.`] : []), ...faults.slice(0, FAULTS),
        ...(faults.length > FAULTS ? [`${faults.length - FAULTS} lines more hold no code.`] : []),
      ].map((words) => element("p", {}, words)));
      // What was refused stays to be mended.
      field.value = left.join("\n");
      save();
    }
    const erase = button("Erase the list", () => {
      entries = [];
      save();
      said.textContent = "The list is erased.";
      field.focus();
    });
    const box = element("div", { className: "class-list" },
      element("h3", {}, "The class"),
      element("label", { htmlFor: field.id }, "Paste the codes of others, one a line, with a name if you like. They stay in this browser."),
      field, element("p", { className: "class-row" }, button("Add to the list", () => add(field.value)), erase), said, shown);
    show();
    // Two tabs have one list.
    addEventListener("storage", ({ key }) => {
      if (key !== place && key !== null) return;
      entries = read();
      show();
    });
    lists.push({ set, add, box });
    return box;
  }

  // A scanned code comes as an address; the list that it fits takes it, or the first says why not.
  const lists = [];
  function scanned() {
    const code = /^#add=([\w-]+)/.exec(location.hash)?.[1];
    if (!code || !lists.length) return;
    const fits = lists.find(({ set }) => typeof set.decode(code) !== "string") ?? lists[0];
    history.replaceState(null, "", location.pathname + location.search);
    fits.add(code);
    fits.box.scrollIntoView();
  }
  addEventListener("hashchange", scanned);

  const named = (entry, i) => entry.name || `Code ${i + 1}`;
  const percent = (share) => `${Math.round(100 * share)}%`;
  return { questions, keep, kept, button, table, exports, share, list, scanned, named, percent };
})();
