// Lists and tables to look things up in: a field that filters as one types, menus, an order. Without
// a script they are plain lists. Entries open in place by themselves.
"use strict";
for (const box of document.querySelectorAll(".look-up")) {
  const heads = [...box.querySelectorAll("thead th")];
  const entries = [...box.querySelectorAll(".entry")].map((item) => ({ item, home: item.parentElement }));
  const groups = [...box.querySelectorAll(".group")];
  // A part of an entry by the name of its class, or a cell by its place; a number has data-n.
  const part = ({ item }, name) => item.cells?.[name] ?? item.querySelector(`.${name}`);
  const words = (entry, name) => part(entry, name)?.textContent.trim() || "";
  const size = (entry, name) => (name === "day" ? Date.parse(words(entry, name)) : parseFloat(part(entry, name)?.dataset.n));

  const form = box.querySelector(".look-up-controls");
  const field = form.querySelector("input");
  const menus = [...form.querySelectorAll("select[name]")];
  const order = form.querySelector(".order");
  const told = form.querySelector(".look-up-count");
  for (const menu of menus) {
    const found = [...new Set(entries.map((entry) => words(entry, menu.name)))].sort();
    menu.append(...found.map((value) => chipbook.element("option", { value }, value || "none")));
  }

  function filter() {
    const sought = field.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const entry of entries) {
      entry.text ??= `${entry.item.id} ${(entry.item.querySelector("summary") || entry.item).textContent}`.toLowerCase();
      entry.item.hidden = !sought.every((word) => entry.text.includes(word)) ||
        menus.some(({ name, value }) => value !== "*" && value !== words(entry, name));
      shown += !entry.item.hidden;
    }
    for (const group of groups) group.hidden = !group.querySelector(".entry:not([hidden])");
    told.textContent = shown === entries.length ? `${shown} entries` : `${shown} of ${entries.length} entries`;
  }

  function sort() {
    const chosen = order.value;
    const [name, way] = chosen.startsWith("-") ? [chosen.slice(1), -1] : [chosen, 1];
    const compare = (a, b) => {
      const [x, y] = [size(a, name), size(b, name)];
      if (!Number.isNaN(x) || !Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || way * (x - y);
      const [one, other] = [words(a, name), words(b, name)];
      return !one - !other || way * one.localeCompare(other, "en", { numeric: true });
    };
    for (const { item, home } of chosen ? [...entries].sort(compare) : entries) home.append(item);
    heads.forEach((head, at) => head.setAttribute("aria-sort", String(at) !== name ? "none" : way > 0 ? "ascending" : "descending"));
  }

  heads.forEach((head, at) => head.addEventListener("click", () => {
    order.value = order.value === String(at) ? `-${at}` : String(at);
    sort();
  }));
  form.addEventListener("input", (event) => (event.target === order ? sort() : filter()));
  form.addEventListener("submit", (event) => event.preventDefault());
  // What a link leads to is seen, whatever the filter.
  addEventListener("hashchange", () => {
    const target = chipbook.target();
    if (!target?.closest(".entry[hidden]")) return;
    form.reset();
    filter();
    target.scrollIntoView();
  });

  // What an entry opens stands as text, for those without a script: a page of thousands of parts is
  // drawn late. It is unpacked when it opens, or little by little once the reader does something:
  // then it can be found as well.
  const packed = new Set(box.querySelectorAll("details.entry > noscript"));
  function unpack(text) {
    packed.delete(text);
    const { content } = chipbook.element("template", { innerHTML: text.textContent });
    const entry = text.parentElement;
    text.replaceWith(content);
    document.dispatchEvent(new CustomEvent("chipbook:unpacked", { detail: entry }));
  }
  const opened = () => {
    for (const text of packed) if (text.parentElement.open) unpack(text);
  };
  opened();
  box.addEventListener("toggle", opened, true);
  chipbook.onceMoved(async () => {
    let pause = await chipbook.rest();
    for (const text of packed) {
      if (!(pause?.timeRemaining() > 2)) pause = await chipbook.rest();
      unpack(text);
    }
  });
}
