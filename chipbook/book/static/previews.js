// What a cited source is, beside the place that cites it: its line in the list at the end of the page.
(() => {
  const gap = 6;
  const box = chipbook.element("div", { className: "preview", popover: "manual", id: "preview" });
  let origin = null;
  let leaving = 0;
  let pointer = "";

  const entry = (link) => document.getElementById(link.hash.replace("#source-", "cited-"));
  const cited = (event) => {
    const link = event.target.closest?.("a.src");
    return link && !link.closest(".source-fold, .preview") && entry(link) ? link : null;
  };

  function open(link) {
    clearTimeout(leaving);
    if (origin === link) return;
    close();
    origin = link;
    // The line says the name that the browser would show in a box of its own.
    link.removeAttribute("title");
    link.setAttribute("aria-describedby", box.id);
    box.replaceChildren(...entry(link).cloneNode(true).childNodes);
    box.showPopover();
    place();
  }

  function place() {
    const at = origin.getBoundingClientRect();
    const right = document.documentElement.clientWidth - gap - box.offsetWidth;
    const below = at.bottom + gap + box.offsetHeight < innerHeight;
    box.style.left = `${Math.max(gap, Math.min(at.left, right))}px`;
    box.style.top = `${below ? at.bottom + gap : at.top - gap - box.offsetHeight}px`;
  }

  function close() {
    if (!origin) return;
    origin.removeAttribute("aria-describedby");
    origin = null;
    box.hidePopover();
  }

  // Time to move from the mark into its box.
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(close, 200);
  };

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const link = cited(event);
    if (link) open(link);
    else if (event.target.closest?.(".preview")) clearTimeout(leaving);
    else if (origin && !origin.matches(":focus-visible")) leave();
  });
  document.addEventListener("focusin", (event) => {
    const link = cited(event);
    if (link && link.matches(":focus-visible")) open(link);
    else if (!event.target.closest(".preview")) close();
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  document.addEventListener("pointerdown", (event) => {
    pointer = event.pointerType;
    if (!cited(event) && !event.target.closest(".preview")) close();
  });
  // A finger cannot hover: its first tap shows the line, the next follows the link.
  document.addEventListener("click", (event) => {
    const link = cited(event);
    if (!link || pointer !== "touch" || origin === link) return;
    event.preventDefault();
    open(link);
  });
  // The page scrolls to a mark that gets the focus; its box goes with it.
  addEventListener("scroll", () => {
    if (origin?.matches(":focus-visible")) place();
    else close();
  }, { passive: true });

  document.body.append(box);
})();
