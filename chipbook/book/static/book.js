// Colours first: this runs in the head, before the page is drawn. The other scripts use ``chipbook``.
window.chipbook = (() => {
  const root = document.documentElement;
  // Fonts of a file are never here at once, and nothing waits for them long: see book.css.
  if (location.protocol === "file:") root.classList.add("from-file");
  const system = matchMedia("(prefers-color-scheme: dark)");

  // What the reader chose for every page. Opened from a file, some browsers refuse storage: the
  // choice then holds for this page only.
  const chosen = {};
  function choice(name, value) {
    try {
      if (value) localStorage.setItem(name, value);
      chosen[name] = localStorage.getItem(name);
    } catch {
      chosen[name] = value || chosen[name];
    }
    return chosen[name];
  }

  function press(button, pressed) {
    for (const each of document.querySelectorAll(button)) each.setAttribute("aria-pressed", String(pressed));
  }

  const show = () => {
    root.dataset.theme = choice("theme") || (system.matches ? "dark" : "light");
    press(".theme-switch", root.dataset.theme === "dark");
  };
  show();
  system.addEventListener("change", show);

  // Each cell folds its code by itself; the switch opens all of them, on this page and the next.
  const codeShown = () => choice("code") === "shown";
  const unfold = () => {
    for (const fold of document.querySelectorAll("details.code")) fold.open = codeShown();
    press(".code-switch", codeShown());
  };
  // While the page is read, so that nothing moves once it is drawn.
  const reading = new MutationObserver(unfold);
  if (codeShown()) reading.observe(root, { childList: true, subtree: true });

  function onPress(button, act) {
    for (const each of document.querySelectorAll(button)) {
      each.hidden = false;
      each.addEventListener("click", act);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    reading.disconnect();
    onPress(".theme-switch", () => {
      choice("theme", root.dataset.theme === "dark" ? "light" : "dark");
      show();
    });
    onPress(".code-switch", () => {
      choice("code", codeShown() ? "folded" : "shown");
      unfold();
    });
    show();
    unfold();
    copyButtons();
    quietLinks();
    reachable();
    tables();
    whereAmI();
    unfoldTarget();
    footOfPaper();
  });
  addEventListener("hashchange", unfoldTarget);

  // What the address leads to; nothing where it cannot be read.
  function target() {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null;
    }
  }

  // What a link leads to is seen, also in a fold: not every browser opens it.
  function unfoldTarget() {
    const shut = target()?.closest("details:not([open])");
    if (!shut) return;
    for (let fold = shut; fold; fold = fold.parentElement.closest("details")) fold.open = true;
    target().scrollIntoView();
  }

  // On paper the caveats of a chapter and its quiz are open; code, hints and solutions stay as they are.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll(".fold:is(.how-we-know, .quiz):not([open])")) {
      fold.open = true;
      addEventListener("afterprint", () => { fold.open = false; }, { once: true });
    }
  });

  // The address at the foot of each printed page; the number beside it is in book.css.
  function footOfPaper() {
    const address = document.querySelector("link[rel=canonical]")?.href || location.href.split("#")[0];
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`@page { @bottom-left { content: ${JSON.stringify(address)}; } }`);
    document.adoptedStyleSheets.push(sheet);
  }

  function copyButtons() {
    if (!navigator.clipboard) return;
    for (const code of document.querySelectorAll("div.highlight")) {
      const button = element("button", {
        type: "button", className: "copy", ariaLabel: "Copy this code",
      }, "Copy");
      // share.js copies, here as elsewhere.
      button.addEventListener("click", () => chipbook.copy(code.querySelector("pre").innerText, button));
      code.append(button);
    }
  }

  // The sign that links a heading to itself is no part of its name; the contents have the same link.
  function quietLinks() {
    for (const link of document.querySelectorAll(".headerlink")) Object.assign(link, { ariaHidden: "true", tabIndex: -1 });
  }

  // What scrolls is reachable with the keyboard, and nothing else: also once a fold opens or the
  // window narrows.
  function reachable() {
    const sized = new ResizeObserver((found) => {
      for (const { target: box } of found) {
        if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
        else if (box !== document.activeElement) box.removeAttribute("tabindex");
      }
    });
    for (const box of document.querySelectorAll(".highlight pre, .output pre, .table-scroll, .pst-scrollable-table-container")) {
      sized.observe(box);
    }
  }

  // A table whose rows are blocks is none to some browsers: as cards, and on a phone. There its
  // parts say what they are.
  const roles = { "thead, tbody": "rowgroup", tr: "row", "thead th": "columnheader", "tbody th": "rowheader", td: "cell" };
  const narrow = matchMedia("(max-width: 40rem)");
  narrow.addEventListener("change", tables);
  function tables() {
    for (const table of document.querySelectorAll(narrow.matches ? "table" : "table.as-cards")) {
      for (const [part, role] of Object.entries(roles)) {
        for (const node of table.querySelectorAll(part)) node.setAttribute("role", role);
      }
    }
  }

  // The contents of the page mark the section that is being read.
  function whereAmI() {
    const links = new Map();
    for (const link of document.querySelectorAll(".page-contents a")) {
      const section = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (section) links.set(section.querySelector("h2, h3, h4"), link);
    }
    if (!links.size) return;
    const mark = () => {
      let current = null;
      for (const heading of links.keys()) {
        if (heading.getBoundingClientRect().top < innerHeight / 3) current = heading;
      }
      for (const [heading, link] of links) {
        if (heading === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    mark();
    addEventListener("scroll", mark, { passive: true });
  }

  function element(name, properties, ...inside) {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...inside);
    return node;
  }

  // Runs a script once; where that fails, the next call tries again.
  const scripts = new Map();
  function load(address) {
    const src = String(address);
    if (!scripts.has(src)) {
      scripts.set(src, new Promise((resolve, reject) => {
        const script = element("script", { src, onload: resolve });
        script.onerror = () => {
          script.remove();
          scripts.delete(src);
          reject(new Error(`${src.split("/").at(-1)} could not be read`));
        };
        document.head.append(script);
      }));
    }
    return scripts.get(src);
  }

  // What nobody needs on the first screen waits until the reader does something.
  const MOVES = ["pointermove", "pointerdown", "keydown", "scroll"];
  function onceMoved(act) {
    const moved = () => {
      for (const type of MOVES) removeEventListener(type, moved, true);
      act();
    };
    for (const type of MOVES) addEventListener(type, moved, { capture: true, passive: true });
  }

  // A pause between the moves of the reader; gives how long it lasts, where the browser tells.
  const rest = () => new Promise((go) => {
    if (window.requestIdleCallback) requestIdleCallback(go, { timeout: 500 });
    else setTimeout(go);
  });

  // ``arrived`` takes what a script of data holds: a page opened from a file may fetch nothing.
  return { arrived: {}, element, load, onceMoved, rest, target };
})();
