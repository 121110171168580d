// Passing on: the address of a chart as it is set, a frame of it for another page, citations; on a
// card or an entry its address too. Nothing is asked of any network.
"use strict";
(() => {
  const { element, load } = chipbook;
  const citer = new URL("cite.js", document.currentScript.src);
  // A published book is passed on by its published address, also from a copy on a disk.
  const here = document.querySelector("link[rel=canonical]")?.href || location.href.split(/[?#]/)[0];
  const absolute = (address) => new URL(address, here).href;
  const words = (node) => node?.textContent.replace(/\s+/g, " ").trim() ?? "";
  const status = element("p", { className: "hidden-text" });
  status.setAttribute("role", "status");
  document.body.append(status);
  chipbook.copy = copy;

  const button = (text, onclick) => element("button", { type: "button", onclick }, text);

  // Where the clipboard is missing or refused, the text stands there, selected.
  async function copy(text, pressed) {
    const label = pressed.dataset.label ??= pressed.textContent;
    pressed.parentElement.querySelector(".share-field")?.remove();
    try {
      await navigator.clipboard.writeText(text);
      pressed.textContent = status.textContent = label.startsWith("Copy") ? "Copied" : `${label} copied`;
      setTimeout(() => {
        pressed.textContent = label;
        status.textContent = "";
      }, 2000);
    } catch {
      const field = element("textarea", {
        className: "share-field", readOnly: true, value: text, rows: Math.min(8, text.split("\n").length), ariaLabel: "To copy",
      });
      pressed.parentElement.append(field);
      field.select();
      status.textContent = "Selected: copy it with the keyboard or the menu.";
    }
  }

  // One panel a line: pressed again it closes. It is made anew each time, of what is set then.
  function panel(pressed, line, make) {
    const before = line.nextElementSibling?.matches(".share-panel") ? line.nextElementSibling : null;
    const shut = pressed.getAttribute("aria-expanded") === "true";
    for (const other of line.querySelectorAll("[aria-expanded]")) other.setAttribute("aria-expanded", "false");
    before?.remove();
    if (shut) return;
    pressed.setAttribute("aria-expanded", "true");
    // A card makes room for what opens in it.
    const made = element("div", { className: "share-panel", open: true });
    line.after(made);
    Promise.resolve(make()).then(
      (inside) => made.append(...inside),
      (error) => made.append(`Could not be loaded: ${error.message}.`),
    ).then(() => made.dispatchEvent(new Event("toggle")));
  }

  const cite = (thing) => load(citer).then(() => chipbookCite.blocks(thing, copy));

  function frame(chart, page) {
    const iframe = element("iframe", { loading: "lazy" });
    const set = chart.dataset.set ? `?${chart.dataset.set}` : "";
    iframe.setAttribute("src", absolute(page) + set);
    iframe.setAttribute("title", words(chart.querySelector(".chart-title")));
    iframe.setAttribute("width", "100%");
    // The figure, and what its own page says under it. In the narrow window of another reader all
    // that is longer; a frame that is too low would hide the denial.
    const { offsetHeight, offsetWidth } = chart.parentElement;
    const wide = offsetWidth > 480;
    const height = offsetHeight + (wide ? 90 : 150);
    iframe.setAttribute("height", height);
    const grows = wide ? `;min-height:calc(${height + 520}px - 80vw)` : "";
    const line = iframe.outerHTML.replace("<iframe", `<iframe style="border:0${grows}"`);
    const field = element("textarea", { className: "share-field", readOnly: true, value: line, rows: 5, ariaLabel: "Line of HTML" });
    return [
      element("p", {}, "Put this line into your page. The frame shows the chart with what was denied, its sources and a link back; it asks nobody else for anything."),
      field,
      element("p", {}, button("Copy", ({ target }) => copy(line, target)), " · ",
        element("a", { href: page + set, target: "_blank" }, "The page alone")),
    ];
  }

  function chartOf(chart) {
    const { said: set = "" } = chart.dataset;
    const figure = chart.closest("figure");
    return {
      id: figure.id,
      kind: "figure",
      title: words(chart.querySelector(".chart-title")) + (set && ` (as set by a reader: ${set})`),
      part: words(figure.querySelector(".caption-number")),
      denial: chart.querySelector(".chart-share").dataset.denial,
      address: addressOf(chart),
    };
  }

  const addressOf = (chart) => {
    const { id } = chart.closest("figure");
    return `${here}${chart.dataset.set ? `?${chart.dataset.set}` : ""}#${id}`;
  };

  for (const line of document.querySelectorAll(".chart-share")) {
    const chart = line.closest(".chart");
    const [link, embed, citing] = line.querySelectorAll("a, button");
    const notes = line.closest("p");
    for (const [opener, make] of [
      [embed, () => frame(chart, embed.getAttribute("href"))],
      [citing, () => cite(chartOf(chart))],
    ]) {
      opener.setAttribute("aria-expanded", "false");
      opener.addEventListener("click", (event) => {
        event.preventDefault();
        panel(opener, notes, make);
      });
    }
    embed.setAttribute("role", "button");
    embed.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      embed.click();
    });
    link.addEventListener("click", (event) => {
      // Opening it in a new tab stays possible.
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      copy(addressOf(chart), link);
    });
    // What a panel says of a chart is of another state once that moves.
    for (const type of ["change", "click"]) {
      chart.addEventListener(type, ({ target }) => {
        const open = line.querySelector('[aria-expanded="true"]');
        if (open && target.closest(".chart-controls, .chart-reset")) panel(open, notes);
      });
    }
  }

  // What a number is cited as: the value of the book, who says so and the answer. Read when its card
  // opens, before a reader's what-if is written on it.
  function numberOf(card, key, address) {
    const [who] = card.querySelectorAll("dd");
    const answer = card.querySelector("dd:is(.contested, .rests) strong");
    const of = answer?.closest(".rests") ? "the answer to what it rests on"
      : words(answer?.closest("dd").previousElementSibling).toLowerCase();
    const answered = answer ? `; ${of}: ${words(answer)}` : "";
    const title = `${words(card.querySelector(".card-metric"))}: ${words(card.querySelector(".card-value"))}`;
    return { id: key, kind: "number", title: `${title} (${words(who)}${answered})`, part: `number ${key}`, address };
  }

  // The link to report a fault is in the foot of the page; on a card it names the number.
  function report(key) {
    const foot = document.querySelector(".colophon .report");
    if (!foot) return [];
    const [place, query = ""] = foot.href.split("?");
    const told = new URLSearchParams(query);
    for (const [name, text] of told) told.set(name, text.replace(foot.dataset.page, `number ${key}`));
    // A mail program shows a plus sign as such.
    const href = place + (query && `?${String(told).replaceAll("+", "%20")}`);
    return [element("dt", {}, "A fault?"), element("dd", {}, element("a", { href }, "Report a fault in this number"))];
  }

  function offer(place, address, card) {
    const key = card?.querySelector(".verify")?.dataset.key;
    const line = element("p", { className: "share" }, button("Copy link", ({ target }) => copy(address, target)));
    if (key) {
      const thing = numberOf(card, key, address);
      const citing = button("Cite", ({ target }) => panel(target, line, () => cite(thing)));
      citing.setAttribute("aria-expanded", "false");
      line.append(" · ", citing);
      [...card.querySelectorAll("dl")].at(-1).append(...report(key));
    }
    place.append(line);
  }

  document.addEventListener("chipbook:card", ({ detail }) => {
    const row = [...detail.querySelectorAll('a[href*="#fact-"]')].at(-1);
    if (row && detail.querySelector(".verify")) offer(detail, absolute(row.getAttribute("href")), detail);
  });
  // What an entry opens may stand as text until then: look-up.js tells when that is read.
  function entry(shown) {
    if (!shown.matches("details.entry[id][open]") || shown.querySelector(":scope > :is(.share, noscript), .card > .share")) return;
    const card = shown.querySelector(".card");
    offer(card || shown, `${here}#${shown.id}`, card);
  }
  document.addEventListener("toggle", ({ target }) => entry(target), true);
  document.addEventListener("chipbook:unpacked", ({ detail }) => entry(detail));

  // A table is cited from its page; the book is, in words that stand there.
  const table = document.querySelector(".table-key");
  if (table) {
    const [id, title] = [words(table.querySelector("code")), words(document.querySelector("h1"))];
    const citing = table.querySelector("button");
    citing.setAttribute("aria-expanded", "false");
    citing.addEventListener("click", () => {
      panel(citing, table, () => cite({ id, kind: "table", title, part: `table ${id}`, address: here }));
    });
  }
  const written = document.querySelectorAll(".citation");
  if (written.length) load(citer).then(() => written.forEach((block) => chipbookCite.buttons(block, copy)));
})();
