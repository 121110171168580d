// How sure the reader is: asked once, met again at the end. Kept in this browser and nowhere else.
(() => {
  const { element } = window.chipbook;
  const KEY = "belief";
  // Opened from a file, some browsers refuse storage: the answer then lasts as long as the page.
  const answers = (() => {
    try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
  })();
  const keep = (when, value) => {
    answers[when] = value;
    try { localStorage.setItem(KEY, JSON.stringify(answers)); } catch { /* see above */ }
  };

  for (const box of document.querySelectorAll(".belief")) {
    const when = box.classList.contains("again") ? "again" : "first";
    const before = when === "again" ? answers.first : undefined;
    const id = `belief-${when}`;
    const slider = element("input", { id, type: "range", min: 0, max: 100 });
    const said = element("p", { className: "belief-said", role: "status" });
    const tell = () => {
      slider.setAttribute("aria-valuetext", `${slider.value} of 100`);
      const moved = slider.value - before;
      said.textContent = `${slider.value} of 100`;
      if (when === "first") said.textContent += ". It stays in this browser. The last chapter asks again.";
      else if (moved) said.textContent += `, ${Math.abs(moved)} ${moved > 0 ? "up" : "down"} from your first answer.`;
      else if (moved === 0) said.textContent += ", as at the start.";
    };
    box.replaceChildren(
      element("label", { htmlFor: id }, when === "first" ? "How sure are you now?" : "And now?"),
      slider,
      element("p", { className: "belief-ends", ariaHidden: "true" }, element("span", {}, "surely wrong"), element("span", {}, "surely right")),
      said,
    );
    if (when === "again") {
      box.prepend(element("p", { className: "belief-before" }, before === undefined
        ? "You gave no answer at the start, or this browser did not keep it."
        : `At the start you said ${before} of 100.`));
    }
    slider.value = answers[when] ?? before ?? 50;
    if (answers[when] !== undefined || before !== undefined) tell();
    slider.addEventListener("input", () => { keep(when, Number(slider.value)); tell(); });
  }
})();
