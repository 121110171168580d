// Lists and tables to look things up in: a field that filters as one types, menus, an order. Without
// a script they are plain lists. Entries open in place by themselves.
"use strict";
for (const box of document.querySelectorAll(".look-up")) {
  const { element } = chipbook;
  const heads = [...box.querySelectorAll("thead th")];
  const entries = [...box.querySelectorAll(".entry")].map((item) => ({ item, home: item.parentElement }));
  const groups = [...box.querySelectorAll(".group")];
  // A part of an entry by the name of its class, or a cell by its place; a number has data-n.
  const part = ({ item }, name) => item.cells?.[name] ?? item.querySelector(`.${name}`);
  const words = (entry, name) => part(entry, name)?.textContent.trim() || "";
  const size = (entry, name) => (name === "day" ? Date.parse(words(entry, name)) : parseFloat(part(entry, name)?.dataset.n));
  const named = (list) => (list || "").split(",").filter(Boolean).map((pair) => pair.split(":"));
  const orders = [...named(box.dataset.orders), ...heads.map((head, at) => [String(at), head.textContent])];

  const field = element("input", { type: "search", placeholder: "Type to filter", ariaLabel: "Filter the list", autocomplete: "off" });
  const option = ([value, text]) => element("option", { value }, text);
  const choose = (text, options) => element("label", {}, `${text} `, element("select", {}, ...options.map(option)));
  const menus = named(box.dataset.menus).map(([name, text]) => {
    const found = [...new Set(entries.map((entry) => words(entry, name)))].sort();
    const label = choose(text, [["*", "all"], ...found.map((word) => [word, word || "none"])]);
    return { name, label, select: label.lastChild };
  });
  const order = choose("Order", [["", "as listed"], ...orders.flatMap(([name, text]) => [[name, text], [`-${name}`, `${text}, reversed`]])]);
  const told = element("p", { className: "look-up-count" });
  told.setAttribute("role", "status");
  const form = element("form", { className: "look-up-controls" }, field, ...menus.map((menu) => menu.label), order, told);

  function filter() {
    const sought = field.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const entry of entries) {
      entry.text ??= `${entry.item.id} ${(entry.item.querySelector("summary") || entry.item).textContent}`.toLowerCase();
      entry.item.hidden = !sought.every((word) => entry.text.includes(word)) ||
        menus.some(({ name, select }) => select.value !== "*" && select.value !== words(entry, name));
      shown += !entry.item.hidden;
    }
    for (const group of groups) group.hidden = !group.querySelector(".entry:not([hidden])");
    told.textContent = shown === entries.length ? `${shown} entries` : `${shown} of ${entries.length} entries`;
  }

  function sort() {
    const chosen = order.lastChild.value;
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
    order.lastChild.value = order.lastChild.value === String(at) ? `-${at}` : String(at);
    sort();
  }));
  form.addEventListener("input", (event) => (event.target === order.lastChild ? sort() : filter()));
  form.addEventListener("submit", (event) => event.preventDefault());
  // What a link leads to is seen, whatever the filter.
  addEventListener("hashchange", () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest(".entry[hidden]")) return;
    form.reset();
    filter();
    target.scrollIntoView();
  });
  box.prepend(form);
  filter();
}
