// The page of the search. MiniSearch finds; what a number, a date and a word are is said here, once
// for what is indexed and for what is typed. The index comes as a script: a page opened from a file
// may fetch nothing.
"use strict";
(async () => {
  const { arrived, element, load } = chipbook;
  const at = (id) => document.getElementById(`search-${id}`);
  const field = at("words");
  const FIRST = 20; // Results that are shown before one asks for more.
  const AROUND = 110; // Characters around a hit.

  // --- What is a word

  // Units as they are typed and printed in English, Italian and Chinese. A lone b is no billion: the
  // 910B is a chip.
  const SCALES = [
    [1e3, "thousand k mila 千"],
    [1e4, "万"],
    [1e6, "million millions m mn mln milione milioni"],
    [1e8, "亿"],
    [1e9, "billion billions bn miliardo miliardi mld"],
    [1e12, "trillion trillions tn 万亿"],
    ["%", "% percent"],
  ].flatMap(([scale, names]) => names.split(" ").map((name) => [name, scale]));
  const SCALE = new Map([...SCALES, ["per cent", "%"], ["per cento", "%"]]);
  const MONTHS = "january february march april may june july august september october november december gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split(" ");
  const either = (names) => [...names].sort((a, b) => b.length - a.length).join("|");
  const months = either(MONTHS.flatMap((name) => [name, name.slice(0, 3)]));
  const letter = "[\\p{L}\\p{N}\\p{M}]";
  const latin = "(?!\\p{Script=Han})" + letter;
  const TOKEN = new RegExp([
    "(?<iso>(?<!\\d)(?:19|20)\\d\\d-[01]\\d(?:-[0-3]\\d)?(?![\\d-]))",
    `(?:(?<day>(?<!\\d)[0-3]?\\d)\\s)?\\b(?<month>${months})\\s(?<year>(?:19|20)\\d\\d)\\b`,
    `(?<!${latin}|\\d[.,])(?<number>\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:[.,]\\d+)?)(?:\\s?(?<unit>${either(SCALE.keys())})(?!${latin})|(?!${latin}))`,
    "(?<han>\\p{Script=Han}+)",
    `(?<word>(?:${latin})+(?:[-_./'’](?:${latin})+)*)`,
  ].join("|"), "gu");

  // Without accents (pinyin has tones), in small letters, in the singular.
  const small = (text) => text.toLowerCase();
  const plain = (text) => (/^[\x00-\x7f]*$/.test(text) ? text : text.normalize("NFKD").replace(/\p{M}/gu, ""));
  const stem = (word) => (word.length < 4 || /ss$|\d/.test(word) ? word : word.replace(/ies$/, "y").replace(/s$/, ""));

  // Words of a question, which its answer need not have.
  const ASKING = new Set("a di do does did is was were what when which who why how".split(" "));

  // What a text holds: ``whole`` as it is looked for, and ``parts`` under which it is found as well.
  function* read(text) {
    for (const { 0: found, index, groups } of small(text).matchAll(TOKEN)) {
      const end = index + found.length;
      if (groups.iso) {
        yield { at: index, end, exact: true, whole: found, parts: [found.slice(0, 7), found.slice(0, 4)] };
      } else if (groups.month) {
        const nth = MONTHS.findIndex((name) => name.startsWith(groups.month)) % 12 + 1;
        const month = `${groups.year}-${String(nth).padStart(2, "0")}`;
        const whole = groups.day ? `${month}-${groups.day.padStart(2, "0")}` : month;
        yield { at: index, end, exact: true, whole, parts: [month, groups.year, groups.month, MONTHS[nth - 1]] };
      } else if (groups.number) {
        const written = /,\d{3}(?!\d)/.test(groups.number) ? groups.number.replaceAll(",", "") : groups.number.replace(",", ".");
        const [value, scale] = [Number(written), SCALE.get(groups.unit)];
        const whole = scale === "%" ? `${value}%` : String(scale ? +(value * scale).toPrecision(12) : value);
        yield { at: index, end, exact: true, whole, parts: scale ? [String(value), groups.unit] : [] };
      } else if (groups.han) {
        // Pairs of characters: Chinese has no spaces, and a word may stand anywhere.
        const signs = [...found];
        let place = index;
        for (const [nth, sign] of signs.entries()) {
          const pair = sign + (signs[nth + 1] || "");
          if (nth === 0 || signs[nth + 1]) yield { at: place, end: place + pair.length, exact: true, whole: pair, parts: [...pair] };
          place += sign.length;
        }
      } else {
        const word = plain(found);
        const parts = /[-_./'’]/.test(word) ? word.split(/[-_./'’]/).map(stem) : word.match(/^\d{3,}(?=[a-z]+$)/) || [];
        yield { at: index, end, whole: stem(word), parts };
      }
    }
  }
  // What was read once is kept: a long page is asked again with each letter that is typed.
  const known = new Map();
  function tokens(text) {
    if (!known.has(text)) known.set(text, [...read(text)].map((token) => ({ ...token, terms: [...new Set([token.whole, ...token.parts])] })));
    return known.get(text);
  }

  // --- Finding

  const root = document.documentElement.dataset.content_root;
  // Keys and the values of numbers first, then names, then passages.
  const BOOST = { id: 2, value: 20, name: 5, who: 3, page: 1.5, answer: 1.5, status: 1, words: 1 };
  const KINDS = { term: ["term", "terms", 2], number: ["number", "numbers", 1], part: ["passage", "passages", 1], source: ["source", "sources", 0.6] };
  let entries = [];
  let engine;
  let alone = true; // One word is sought.

  // The sections and the terms of a page, each with its texts by the place that stands before them.
  // Marks in its text: U+E000 around the tag and the id of a place, U+E001 and U+E002 around a title.
  function parts({ page, title, text }) {
    const found = [];
    const [, ...pieces] = text.split(/\uE000(\w+) (\S+)\uE000/);
    for (let nth = 0; nth < pieces.length; nth += 3) {
      const [tag, place, words] = pieces.slice(nth, nth + 3);
      const [, name, rest] = words.match(tag === "dt" ? /^(.*?)\uE002(.*)/s : /^\s*\uE001(.*?)\uE002(.*)/s) || [];
      if (name !== undefined) found.push({ kind: tag === "dt" ? "term" : "part", name: name.trim(), page: title, to: `${page}.html#${place}`, texts: [] });
      const said = (rest ?? words).replace(/[\uE001\uE002]/g, " ").trim();
      if (said && found.length) found.at(-1).texts.push([place, said]);
    }
    return found.filter(({ texts }) => texts.length).map((part) => ({ ...part, words: part.texts.map(([, words]) => words).join(" ") }));
  }

  async function ready() {
    await Promise.all(["_static/vendor/minisearch-7.2.0/minisearch.min.js", "_static/search-index.js"].map((file) => load(root + file)));
    entries = arrived.search.flatMap((page) => [...parts(page), ...page.entries]);
    for (const [at, entry] of entries.entries()) entry.at = at;
    engine = new MiniSearch({
      fields: Object.keys(BOOST),
      idField: "at",
      // A key is one word: its parts are ordinary ones, which names have.
      tokenize: (words, name) => (name === "id" ? [small(words)] : [...read(words)].flatMap(({ whole, parts }) => [...new Set([whole, ...parts])])),
      processTerm: (term) => term,
      searchOptions: {
        tokenize: (term) => [term],
        boost: BOOST,
        // A key first, and a name that is typed alone: in a question it says what is asked about, and
        // not what. Of numbers, what many pages print.
        boostDocument: (at, term) => {
          const { kind, id, name, pages = 0 } = entries[at];
          const same = term === id || (kind === "term" && alone && term === stem(plain(small(name))));
          return KINDS[kind][2] * (1 + Math.log1p(pages) / 4) * (same ? 10 : 1);
        },
      },
    });
    await engine.addAllAsync(entries, { chunkSize: 100 });
  }

  // What is asked of the engine for one word; near spellings only where nothing has the word itself.
  function ask({ whole, parts, exact }, near = 0) {
    if (exact) return { queries: [whole] };
    const how = near ? { fuzzy: whole.length < 4 ? 0 : near } : { prefix: whole.length > 1 };
    return { combineWith: "OR", queries: [{ queries: [whole], ...how }, ...(parts.length > 1 ? [{ combineWith: "AND", queries: parts, ...how }] : [])] };
  }

  // The results, best first, with the words that nothing has, and whether a result may lack some.
  function find(sought) {
    const typed = [...read(sought)];
    const telling = typed.filter(({ whole }) => !ASKING.has(whole));
    const wanted = telling.length ? telling : typed;
    if (!wanted.length) return { found: [], missing: [], some: false };
    alone = wanted.length === 1;
    const all = (words) => ({ combineWith: "AND", queries: words.map((token) => ask(token)) });
    const every = engine.search({ combineWith: "OR", queries: [all(wanted), all(typed)] });
    if (every.length) return { found: every, missing: [], some: false };
    const missing = wanted.filter((token) => !engine.search(ask(token)).length);
    // Two letters are changed, or have changed places, where nothing has all but one.
    const far = (token) => (token.whole.length < 5 || engine.search(ask(token, 1)).length ? 1 : 2);
    const asked = wanted.map((token) => (missing.includes(token) ? ask(token, far(token)) : ask(token)));
    const near = engine.search({ combineWith: "AND", queries: asked });
    const some = !near.length && asked.length > 1;
    const found = some ? engine.search({ combineWith: "OR", queries: asked }) : near;
    return { found, missing: missing.map(({ at: start, end }) => sought.slice(start, end)), some };
  }

  // --- Showing

  // A text, or its part from one place to another, with the words found in it marked.
  function marked(words, found, from = 0, to = words.length) {
    const nodes = [];
    let done = from;
    for (const { at: start, end } of hits(words, found)) {
      if (end <= done || start < from || start >= to) continue;
      const last = nodes.at(-1);
      if (last?.tagName && start <= done) last.textContent += words.slice(done, end);
      else nodes.push(words.slice(done, start), element("mark", {}, words.slice(start, end)));
      done = end;
    }
    return [...nodes, words.slice(done, Math.max(done, to))];
  }
  const hits = (words, found) => tokens(words).filter((token) => token.terms.some((term) => found.has(term)));

  // Chinese words in a passage are marked as such, for a voice that reads them.
  function spoken(node) {
    const chinese = /(\p{Script=Han}+)/u;
    if (node.tagName) return [Object.assign(node, chinese.test(node.textContent) ? { lang: "zh" } : {})];
    return node.split(chinese).map((piece, nth) => (nth % 2 ? element("span", { lang: "zh" }, piece) : piece));
  }

  // The place on a page with the most of what is sought close together, and its words.
  function passage(entry, found) {
    let best = { most: 0, place: entry.to.split("#")[1], words: entry.texts[0][1], start: 0 };
    for (const [place, words] of entry.texts) {
      const list = hits(words, found);
      for (const [nth, { at: start }] of list.entries()) {
        const near = list.slice(nth).filter((hit) => hit.end < start + 2 * AROUND);
        const most = new Set(near.flatMap((hit) => hit.terms).filter((term) => found.has(term))).size;
        if (most > best.most) best = { most, place, words, start };
      }
    }
    const { place, words, start } = best;
    // A short text is shown whole.
    const short = words.length < 4 * AROUND;
    const from = short || start < AROUND ? 0 : words.indexOf(" ", start - AROUND) + 1;
    const cut = short ? -1 : words.indexOf(" ", start + 2 * AROUND);
    const to = cut < 0 ? words.length : cut;
    const shown = [from ? "… " : "", ...marked(words, found, from, to).flatMap(spoken), to < words.length ? " …" : ""];
    return { place, line: element("p", { className: "found-text" }, ...shown) };
  }

  function card({ id, match }) {
    const entry = entries[id];
    const found = new Set(Object.keys(match));
    const item = element("li", { className: `found found-${entry.kind}` });
    const link = element("a", { href: root + entry.to });
    const name = element("span", { className: "what" }, ...marked(entry.name, found));
    if (entry.kind === "source" && entry.lang) name.lang = entry.lang;
    const line = (...inside) => element("p", { className: "found-line" }, ...inside);
    if (entry.kind === "number") {
      link.append(element("strong", { className: `value ${entry.mark}` }, ...marked(entry.value, found)));
      const status = element("span", { className: `status status-${entry.status}` }, entry.status);
      const told = entry.answer ? [" · ", element("strong", {}, entry.answer)] : [];
      const quoted = hits(entry.words, found).length;
      item.append(
        element("p", { className: "found-title" }, link, " ", name),
        line(status, " ", ...marked(entry.who, found), ...told, " · ", element("code", {}, ...marked(entry.id, found))),
        ...(quoted ? [element("p", { className: "found-text" }, "In its words: ", element("q", { lang: entry.lang }, ...marked(entry.words, found)))] : []),
      );
    } else if (entry.kind === "source") {
      link.append(name);
      item.append(
        element("p", { className: "found-title" }, link),
        line(element("span", { className: `strength strength-${entry.status}` }, entry.status), " ", ...marked(entry.who, found)),
      );
    } else {
      const { place, line: words } = passage(entry, found);
      link.href = `${root}${entry.to.split("#")[0]}#${place}`;
      link.append(name);
      const where = entry.page === entry.name ? "" : entry.page;
      item.append(element("p", { className: "found-title" }, link), ...(where ? [line(...marked(where, found))] : []), words);
    }
    return item;
  }

  let results = [];
  let kind = "";
  const list = () => results.filter(({ id }) => !kind || entries[id].kind === kind);

  function show() {
    const chosen = list();
    at("results").replaceChildren(...chosen.slice(0, FIRST).map(card));
    at("more").hidden = chosen.length <= FIRST;
    for (const button of at("kinds").children) button.setAttribute("aria-pressed", String(button.value === kind));
  }

  const count = (of, one, more) => `${of} ${of === 1 ? one : more}`;

  function search() {
    const sought = field.value.trim();
    const { found, missing, some } = find(sought);
    results = found;
    kind = "";
    const counts = Object.entries(KINDS).map(([name, [one, more]]) => [name, found.filter(({ id }) => entries[id].kind === name).length, one, more]).filter(([, of]) => of);
    const button = (value, words) => element("button", { type: "button", className: "button", value }, words);
    at("kinds").replaceChildren(button("", `All ${found.length}`), ...counts.map(([name, of, one, more]) => button(name, count(of, one, more))));
    at("kinds").hidden = counts.length < 2;
    const told = count(found.length, "result", "results") + (counts.length > 1 ? `: ${counts.map(([, of, one, more]) => count(of, one, more)).join(", ")}.` : ".");
    const lacked = missing.length ? `Nothing has ${missing.map((word) => `“${word}”`).join(" or ")}.` : "Nothing has all of these words.";
    at("count").textContent = !sought ? "" : !found.length
      ? `Nothing found for “${sought}”. Try fewer words, another spelling, or the number alone.`
      : some || missing.length ? `${lacked} ${!some ? "Words spelt much like it" : missing.length ? "Other words" : "Some of them"} give ${told}` : told;
    at("help").hidden = Boolean(found.length);
    show();
  }

  at("kinds").addEventListener("click", (event) => {
    if (event.target.value === undefined) return;
    kind = event.target.value;
    show();
  });
  at("more").addEventListener("click", () => {
    const shown = at("results").children.length;
    const more = list();
    at("results").append(...more.slice(shown, shown + FIRST).map(card));
    at("more").hidden = more.length <= shown + FIRST;
    at("results").children[shown].querySelector("a").focus();
  });

  field.value = new URLSearchParams(location.search).get("q") || "";
  at("help").hidden = Boolean(field.value);
  if (!field.value) field.focus();
  at("count").textContent = "Reading the index …";
  try {
    await ready();
  } catch (error) {
    at("count").textContent = `The search does not work here: ${error.message}.`;
    return;
  }
  // The address follows, so that a search can be sent on and one comes back to it; some browsers
  // refuse that to a page opened from a file.
  function typed() {
    search();
    try {
      history.replaceState(null, "", field.value ? `?q=${encodeURIComponent(field.value.trim())}` : location.pathname);
    } catch { /* The address stays. */ }
  }
  field.addEventListener("input", typed);
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    typed();
  });
  typed();
})();
