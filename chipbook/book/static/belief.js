// How sure the reader is: asked once, met again at the end. Kept in this browser and nowhere else.
(() => {
  const KEY = "belief";
  function kept() {
    // Opened from a file, some browsers refuse storage: the answer then lasts as long as the page.
    try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; }
  }
  function keep(when, value) {
    try { localStorage.setItem(KEY, JSON.stringify({ ...kept(), [when]: value })); } catch { /* see above */ }
  }
  for (const box of document.querySelectorAll(".belief")) {
    const { when } = box.dataset;
    const slider = box.querySelector("input");
    const said = box.querySelector(".belief-said");
    const before = kept().first;
    const tell = () => {
      slider.setAttribute("aria-valuetext", `${slider.value} of 100`);
      said.textContent = `${slider.value} of 100`;
      if (when === "first") {
        said.textContent += ". It stays in this browser; the last chapter asks again.";
      } else if (before !== undefined) {
        const moved = slider.value - before;
        said.textContent += moved ? `, ${Math.abs(moved)} ${moved > 0 ? "up" : "down"} from your first answer.` : ", as at the start.";
      }
    };
    if (when === "again") {
      box.querySelector(".belief-before").textContent = before === undefined
        ? "You gave no answer at the start, or this browser did not keep it."
        : `At the start you said ${before} of 100.`;
      if (before !== undefined) box.style.setProperty("--before", before / 100);
    }
    const now = kept()[when] ?? (when === "again" ? before : undefined);
    if (now !== undefined) {
      slider.value = now;
      tell();
    }
    slider.addEventListener("input", () => { keep(when, Number(slider.value)); tell(); });
    box.hidden = false;
  }
})();
