// Citations of a number, chart or table: text, BibTeX, RIS and CSL-JSON, from what the page says of
// itself. Loaded by share.js with the first press. Those of the book stand on the page about it.
"use strict";
window.chipbookCite = (() => {
  const { element } = chipbook;
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
  const author = meta("citation_author");
  const page = meta("citation_title");
  const book = meta("citation_inbook_title") || page;
  const { version } = document.documentElement.dataset;
  const issued = meta("citation_publication_date").split("/").map(Number);
  const now = new Date();
  const read = [now.getFullYear(), now.getMonth() + 1, now.getDate()];

  const iso = (day, between = "-") => day.map((part) => String(part).padStart(2, "0")).join(between);
  const long = ([year, month, day]) => new Date(year, month - 1, day)
    .toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const name = (id) => `${book}-${id}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const escaped = (text) => text.replace(/[\\{}]/g, "").replace(/[&%$#_]/g, "\\$&").replaceAll("~", "\\textasciitilde{}")
    .replaceAll("^", "\\textasciicircum{}");

  // What a reference says beside its title: which part of what, of which state of the data, and who
  // denied what a chart draws. A title tells that of a number.
  const note = ({ kind, part, denial }) => [kind === "figure" ? `${part || "Chart"} in “${page}”` : part, `data version ${version}`].join(", ")
    + (denial ? `. ${denial.replace(/\.$/, "")}` : "");

  const text = (thing) => `${author}. “${thing.title}”. ${note(thing).replace(/^./, (first) => first.toUpperCase())}. ${book}, ${long(issued)}. `
    + `${thing.address} (read on ${long(read)}).`;

  const bibtex = (thing) => `@misc{${name(thing.id)},
  author = {{${escaped(author)}}},
  title = {{${escaped(thing.title)}}},
  howpublished = {${escaped(book)}},
  note = {${escaped(note(thing))}},
  version = {${version}},
  year = {${issued[0]}},
  month = {${issued[1]}},
  url = {${thing.address}},
  urldate = {${iso(read)}},
}
`;

  const ris = (thing) => [
    ["TY", thing.kind === "figure" ? "FIGURE" : "DATA"],
    ["AU", `${author},`], // a comma at the end: no person, so nothing to turn round
    ["TI", thing.title],
    ["T2", book],
    ["PY", issued[0]],
    ["DA", iso(issued, "/")],
    ["ET", version],
    ["N1", note(thing)],
    ["UR", thing.address],
    ["Y2", iso(read, "/")],
    ["ER", ""],
  ].map(([tag, value]) => `${tag}  - ${value}\r\n`).join("");

  const csl = (thing) => `[{\n${Object.entries({
    id: name(thing.id),
    type: thing.kind === "figure" ? "figure" : "dataset",
    author: [{ literal: author }],
    title: thing.title,
    "container-title": book,
    version,
    issued: { "date-parts": [issued] },
    accessed: { "date-parts": [read] },
    note: note(thing),
    URL: thing.address,
  }).map((pair) => `  ${pair.map((part) => JSON.stringify(part)).join(": ")}`).join(",\n")}\n}]\n`;

  const FORMS = [["Text", "txt", text], ["BibTeX", "bib", bibtex], ["RIS", "ris", ris], ["CSL-JSON", "json", csl]];

  // To copy a citation, and to save it for a reference manager. Its text knows the name of its file.
  function buttons(block, copy) {
    const button = (words, onclick) => element("button", { type: "button", onclick }, words);
    const text = block.querySelector("pre");
    const { file } = text.dataset;
    const content = text.dataset.content ?? text.textContent;
    block.querySelector(".share").append(
      button("Copy", ({ target }) => copy(content, target)), " · ",
      button("Download", () => {
        const href = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
        element("a", { href, download: file }).click();
        setTimeout(() => URL.revokeObjectURL(href), 60_000);
      }));
  }

  const blocks = (thing, copy) => FORMS.map(([words, ending, form]) => {
    const content = form(thing);
    const pre = element("pre", {}, content.trim());
    Object.assign(pre.dataset, { file: `${name(thing.id)}.${ending}`, content });
    const block = element("div", { className: "citation" }, element("p", {}, words), pre, element("p", { className: "share" }));
    buttons(block, copy);
    return block;
  });

  return { blocks, buttons };
})();
