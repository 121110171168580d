// Number cards: a number in prose is a link to its row; here it opens its card beside it instead.
(() => {
  const at = (name) => new URL(name, document.currentScript.src);
  const verifier = at("verify.js");
  const trying = ["formula.js", "verify/numbers.js", "whatif.js"].map(at);
  const gap = 8;
  const narrow = matchMedia("(max-width: 600px)");
  let origin = null;
  let pressedWhileOpen = null;

  const box = chipbook.element("div", {
    className: "card-box", popover: "auto", role: "dialog", tabIndex: -1,
  });
  const close = chipbook.element("button", {
    type: "button", className: "card-close", ariaLabel: "Close", onclick: () => box.hidePopover(),
  });

  // The cards of a page stand in it as a text, which is read for the first number that is opened: as
  // elements they would be more than all the rest.
  let read = null;
  const cards = () => read ??= chipbook.element("template", {
    innerHTML: document.querySelector("noscript.cards")?.textContent ?? "",
  }).content;

  // What needs a script shows once there is one.
  function ready(card) {
    for (const part of card.querySelectorAll(".verify > button, .whatif")) part.hidden = false;
  }

  function fill(card) {
    const copy = card.cloneNode(true);
    ready(copy);
    // The original keeps the ids: a page has each only once.
    for (const node of [copy, ...copy.querySelectorAll("[id]")]) node.removeAttribute("id");
    copy.removeAttribute("aria-labelledby");
    const title = copy.querySelector(".card-title");
    if (title) {
      title.id = "card-box-title";
      box.setAttribute("aria-labelledby", title.id);
    } else {
      box.setAttribute("aria-label", card.getAttribute("aria-label") || "About this number");
    }
    box.replaceChildren(close, copy);
    document.dispatchEvent(new CustomEvent("chipbook:card", { detail: copy }));
  }

  // The edge fades where there is more to scroll to.
  const fade = () => box.classList.toggle(
    "has-more", box.scrollTop + box.clientHeight < box.scrollHeight - gap,
  );

  // Beside the number, on the side with more room, and never over it.
  function place() {
    for (const property of ["left", "top", "max-height"]) box.style.removeProperty(property);
    fade();
    if (narrow.matches) return;
    // A number that breaks over two lines has two boxes: the card goes to the last.
    const at = [...origin.getClientRects()].at(-1);
    const under = innerHeight - at.bottom - 2 * gap;
    const over = at.top - 2 * gap;
    const below = box.offsetHeight <= under || under >= over;
    box.style.maxHeight = `${Math.max(0, Math.min(box.offsetHeight, below ? under : over))}px`;
    box.style.top = `${below ? at.bottom + gap : at.top - gap - box.offsetHeight}px`;
    const right = document.documentElement.clientWidth - gap - box.offsetWidth;
    box.style.left = `${Math.max(gap, Math.min(at.left, right))}px`;
    fade();
  }

  // Scrolls the card until a part of it stands under its head.
  function reveal(part) {
    const head = box.querySelector(".card-title")?.offsetHeight ?? 0;
    const under = part.getBoundingClientRect().top - box.getBoundingClientRect().top - head;
    box.scrollBy({ top: under, behavior: "instant" });
  }

  // On a phone the card covers the foot of the window: the page moves up until its number shows.
  function uncover() {
    if (!narrow.matches) return;
    document.body.style.paddingBottom = `${box.offsetHeight}px`;
    const under = origin.getBoundingClientRect().bottom + 2 * gap - (innerHeight - box.offsetHeight);
    if (under > 0) scrollBy({ top: under, behavior: "instant" });
  }

  function open(link, card) {
    origin?.setAttribute("aria-expanded", "false");
    origin = link;
    fill(card);
    box.showPopover();
    place();
    uncover();
    box.scrollTop = 0;
    fade();
    link.setAttribute("aria-expanded", "true");
    box.focus({ preventScroll: true });
  }

  box.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    origin.setAttribute("aria-expanded", "false");
    document.body.style.removeProperty("padding-bottom");
    // A click elsewhere that landed on something focusable keeps its focus.
    if (document.activeElement === document.body) origin.focus({ preventScroll: true });
  });

  // A fold that opens makes the card longer. Its event does not bubble.
  box.addEventListener("toggle", async ({ target }) => {
    if (target === box) return;
    if (target.matches(".whatif[open]")) await tryValues(target);
    place();
    if (target.open) reveal(target);
  }, true);
  box.addEventListener("scroll", fade, { passive: true });

  // The card hangs at the end of the page: Tab goes on after its number all the same, back to it.
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") return;
    const stops = [...box.querySelectorAll("*")].filter((node) => node.tabIndex >= 0 && node.checkVisibility());
    const edges = event.shiftKey ? [box, stops[0]] : [stops.at(-1)];
    if (!edges.includes(document.activeElement)) return;
    box.hidePopover();
    origin.focus({ preventScroll: true });
    if (event.shiftKey) event.preventDefault();
  });

  // The dialog does not trap the focus: what takes it elsewhere closes it.
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget)) box.hidePopover();
  });

  // A card whose number has left the window, or is folded away, has nothing to stand beside.
  const follow = () => {
    if (!box.matches(":popover-open")) return;
    const at = origin.getBoundingClientRect();
    const gone = at.bottom < 0 || at.top > innerHeight || !origin.getClientRects().length;
    if (!narrow.matches && gone) box.hidePopover();
    else place();
  };
  addEventListener("scroll", follow, { passive: true });
  addEventListener("resize", follow);

  // The check of a number is loaded with the first press: most readers never ask for it.
  async function verify(button) {
    const part = button.closest(".verify");
    try {
      await chipbook.load(verifier);
      await chipbookVerify.check(part);
      if (!box.contains(part)) return;
      place();
      reveal(part);
    } catch (error) {
      part.querySelector('[role="status"]').textContent = `Could not be checked: ${error.message}.`;
    }
  }

  // So are the formulas, with the first fold "What if?" that opens.
  async function tryValues(fold) {
    try {
      for (const script of trying) await chipbook.load(script);
      chipbookWhatIf.fill(fold);
    } catch (error) {
      fold.querySelector('[role="status"]').textContent = `Could not be loaded: ${error.message}.`;
    }
  }

  document.addEventListener("chipbook:unpacked", ({ detail }) => ready(detail));
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".verify > button");
    if (button) verify(button);
  });

  // A what-if that was passed on, with the address.
  const asked = new URLSearchParams(location.search);
  if ([...asked.keys()].some((key) => key.startsWith("whatif."))) {
    trying.reduce((before, script) => before.then(() => chipbook.load(script)), Promise.resolve())
      .then(() => chipbookWhatIf.ask(asked, cards()), () => {});
  }

  document.body.append(box);
  for (const link of document.querySelectorAll("a.fact[data-card]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-haspopup", "dialog");
    link.setAttribute("aria-expanded", "false");
    link.addEventListener("click", (event) => {
      // Opening the number's row in a new tab stays possible.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const card = cards().getElementById(link.dataset.card);
      if (!card) return;
      event.preventDefault();
      if (pressedWhileOpen === link) box.hidePopover();
      else open(link, card);
    });
    // The press itself closes an open card, so the click that follows must not open it again.
    link.addEventListener("pointerdown", () => {
      pressedWhileOpen = box.matches(":popover-open") ? origin : null;
    });
    link.addEventListener("keydown", (event) => {
      pressedWhileOpen = null;
      if (event.key === " ") {
        event.preventDefault();
        link.click();
      }
    });
  }
})();
