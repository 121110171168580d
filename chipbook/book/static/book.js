// Colours first: this runs in the head, before the page is drawn. The other scripts use ``chipbook``.
window.chipbook = (() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    // Opened from a file, some browsers refuse storage: the system's choice then holds.
    let chosen = null;
    try { chosen = localStorage.getItem("theme"); } catch { /* see above */ }
    root.dataset.theme = chosen || (system.matches ? "dark" : "light");
    for (const button of document.querySelectorAll(".theme-switch")) {
      button.setAttribute("aria-pressed", String(root.dataset.theme === "dark"));
    }
  };
  show();
  system.addEventListener("change", show);

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll(".theme-switch")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const next = root.dataset.theme === "dark" ? "light" : "dark";
        try { localStorage.setItem("theme", next); } catch { /* kept for this page only */ }
        root.dataset.theme = next;
        show();
      });
    }
    show();
    copyButtons();
    reachable();
    whereAmI();
  });

  // Printed, a folded hint or solution is open.
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) {
      fold.open = true;
      addEventListener("afterprint", () => { fold.open = false; }, { once: true });
    }
  });

  function copyButtons() {
    if (!navigator.clipboard) return;
    for (const code of document.querySelectorAll("div.highlight")) {
      const button = element("button", {
        type: "button", className: "copy", ariaLabel: "Copy this code",
      }, "Copy");
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(code.querySelector("pre").innerText);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      code.append(button);
    }
  }

  // What scrolls sideways must be reachable with the keyboard.
  function reachable() {
    for (const box of document.querySelectorAll(".highlight pre, .output pre, .table-scroll")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
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

  // ``arrived`` takes what a script of data holds: a page opened from a file may fetch nothing.
  return { arrived: {}, element, load };
})();
