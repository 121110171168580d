// What was known at the end of a day: hides the claims that count from a later one, and says of the
// others what had been done to them by then. The rules are those of chipbook/story/claims.py.
"use strict";
(() => {
  const form = document.querySelector(".known-controls");
  const count = document.querySelector(".known-count");
  if (!form || !count) return;
  const [date, slider] = [form.querySelector("#known-date"), form.querySelector("#known-slider")];
  const buttons = [...form.querySelectorAll("button")];
  const claims = [...document.querySelectorAll("li[data-kind]")].map((item) => ({
    item,
    from: item.dataset.from,
    origins: item.dataset.origins.split(" ").filter(Boolean),
    place: item.querySelector(".claim-state"),
    relations: [...item.querySelectorAll("li[data-from]")],
  }));
  // ISO days sort as text.
  const days = [...new Set([...document.querySelectorAll("li[data-from]")].map((i) => i.dataset.from))].sort();
  const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"];

  const words = (day) => {
    const [year, month, number] = day.split("-").map(Number);
    return `${number} ${MONTHS[month - 1]} ${year}`;
  };
  // The slider runs along the picture, a step a day; its keys go to the next day with an event.
  const DAY = 864e5;
  const start = Date.parse(slider.dataset.first);
  let shown = "";
  const today = () => {
    const now = new Date();
    return [now.getFullYear(), now.getMonth() + 1, now.getDate()]
      .map((part) => String(part).padStart(2, "0")).join("-");
  };
  const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

  // The relations stand in the order in which they became known.
  function done(claim, name, day) {
    const found = claim.relations.filter((r) => r.dataset[name] && r.dataset.from <= day);
    return [...new Set(found.map((relation) => relation.dataset[name]))];
  }

  function standing(claim, own, behind) {
    if (own.length) return sentence(own.join("; later "));
    if (behind.length) return `What it retells: ${behind.join("; later ")}.`;
    return claim.item.dataset.waiting;
  }

  function show(day) {
    shown = day;
    const origins = new Set();
    const seen = { said: 0, denied: 0, later: 0 };
    for (const claim of claims) {
      const said = claim.from <= day;
      claim.item.hidden = !said;
      claim.item.classList.toggle("uncrossed", day < (claim.item.dataset.crossed || ""));
      const own = said ? done(claim, "done", day) : [];
      claim.item.dataset.state = said ? own.join("; later ") || "no reply found" : "not yet said";
      for (const relation of claim.relations) relation.hidden = relation.dataset.from > day;
      if (!said) continue;
      claim.place.textContent = standing(claim, own, done(claim, "behind", day));
      seen.said += 1;
      seen.denied += own.some((word) => word.startsWith("denied"));
      seen.later += own.some((word) => !word.startsWith("denied"));
      for (const origin of claim.origins) origins.add(origin);
    }
    for (const list of document.querySelectorAll("ul.claims")) {
      list.parentElement.querySelector(".claims-none").hidden =
        [...list.children].some((item) => !item.hidden);
    }
    const rest = claims.length - seen.said;
    count.textContent = `On ${words(day)}: ${many(seen.said, "claim")}, from ` +
      `at most ${many(origins.size, "independent report")}; ${seen.denied} claims denied wholly or in part, ` +
      `${seen.later} with later evidence.` +
      (rest ? ` ${rest} more ${rest === 1 ? "counts" : "count"} from a later day.` : "");
    date.value = day;
    slider.value = Math.round((Date.parse(day) - start) / DAY);
    slider.setAttribute("aria-valuetext", words(day));
    slider.parentElement.style.setProperty("--day", slider.value / slider.max);
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String((button.value || today()) === day));
    }
  }

  // A day in the address can be passed on; without one it is the first of the buttons.
  const asked = () => {
    const day = location.hash.slice(1);
    return /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : "";
  };
  function pick(day) {
    history.replaceState(null, "", `#${day}`);
    show(day);
  }

  date.min = days[0];
  form.addEventListener("submit", (event) => event.preventDefault());
  // A field that is being cleared or typed into has no value for a while.
  date.addEventListener("input", () => { if (date.value) pick(date.value); });
  slider.addEventListener("input", () => pick(new Date(start + slider.value * DAY).toISOString().slice(0, 10)));
  slider.addEventListener("keydown", (event) => {
    const forward = ["ArrowRight", "ArrowUp"].includes(event.key);
    if (!forward && !["ArrowLeft", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    pick((forward ? days.find((day) => day > shown) : days.findLast((day) => day < shown)) || shown);
  });
  for (const button of buttons) button.addEventListener("click", () => pick(button.value || today()));
  addEventListener("hashchange", () => {
    // A link to a claim of this page leaves the day as it is.
    if (asked() || !location.hash) show(asked() || buttons[0].value);
  });
  show(asked() || buttons[0].value);
  // Only now: what the page says at first is read in its place.
  count.setAttribute("role", "status");
})();
