// Drives each input of each chart of a page, one at a time: every choice of a menu, and of a slider
// both ends and three values between. Gives how many states it saw, what is wrong in them, and for
// each input an address of a state that is not the first, with the title of that.
async () => {
  const near = 1.5, line = 3.5, past = 6, faults = [], addresses = [];
  let states = 0;
  const cut = (node) => node.getAttribute("opacity") === "0" || node.getAttribute("fill") === "transparent";
  const texts = (chart) => {
    const seen = new Map();
    for (const node of chart.querySelectorAll(".chart-live svg text")) {
      const box = node.getBoundingClientRect();
      const words = [...node.childNodes].map((part) => part.textContent).join(" ").trim();
      // A halo is the same text under itself.
      // Words in the colour of the page stand in a bar, or nobody sees them.
      const inside = (node.getAttribute("fill") || "").startsWith("var(--chart-bg") && !node.getAttribute("stroke");
      if (words && box.width && !cut(node)) seen.set(`${words} ${Math.round(box.x)} ${Math.round(box.y)}`, { words, box, inside });
    }
    return [...seen.values()];
  };
  const look = (chart, state) => {
    states += 1;
    const found = texts(chart), view = chart.querySelector(".chart-live").getBoundingClientRect();
    const name = chart.querySelector(".chart-title").textContent.slice(0, 40);
    const fault = (what) => faults.push(`${name} | ${state} | ${what}`);
    const bars = [...chart.querySelectorAll(".chart-live .mark-rect path")].map((bar) => bar.getBoundingClientRect());
    found.forEach((a, at) => {
      if (a.inside && !bars.some((bar) => bar.left < a.box.left + past && bar.right > a.box.right - past
        && bar.top < a.box.top + line && bar.bottom > a.box.bottom - line)) fault(`"${a.words}" does not fit its bar`);
      if (a.box.left < view.left - past || a.box.right > view.right + past
        || a.box.top < view.top - past || a.box.bottom > view.bottom + past) fault(`"${a.words}" runs out of the chart`);
      for (const b of found.slice(at + 1)) {
        const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (wide > 2 * near && high > 2 * line) fault(`"${a.words}" lies on "${b.words}"`);
      }
    });
    return fault;
  };
  const drawn = (chart) => [...chart.querySelectorAll(".chart-live svg :is(path, text)")].map((node) =>
    [node.tagName, node.getAttribute("transform"), node.getAttribute("d"), node.textContent, node.getAttribute("opacity")].join()
  ).sort().join("\n");
  const title = (chart) => [...chart.querySelectorAll(".chart-title")].filter((node) => node.offsetHeight).map((node) => node.textContent).join();
  const moves = function* (input) {
    const tell = (type) => input.dispatchEvent(new Event(type, { bubbles: true }));
    if (input.type === "range") {
      const [low, high] = [Number(input.min), Number(input.max)];
      for (const part of [0, 0.05, 0.25, 0.5, 1]) yield () => { input.value = low + part * (high - low); tell("input"); tell("change"); return input.value; };
    } else if (input.type === "radio") {
      yield () => { input.click(); return input.value; };
    } else {
      for (let at = 0; at < input.options.length; at += 1) yield () => { input.selectedIndex = at; tell("input"); tell("change"); return input.options[at].text; };
    }
  };
  for (const chart of document.querySelectorAll(".chart[data-src]")) {
    const clean = location.href, finding = title(chart), before = drawn(chart);
    look(chart, "at first");
    for (const input of chart.querySelectorAll(".chart-controls :is(input, select)")) {
      let last = null;
      for (const move of moves(input)) {
        const setting = `${input.name} = ${move()}`;
        await chart.view.runAsync();
        // What was set stands in the address once this has been drawn.
        await new Promise(requestAnimationFrame);
        const fault = look(chart, setting), reset = chart.querySelector(".chart-reset");
        const said = new URLSearchParams(location.search), name = `${chart.closest("figure").id}.${input.name.replace(/-\d+$/, "")}`;
        if (!reset && location.href !== clean) fault(`the address of the first state is ${location.href}`);
        if (!reset) {
          if (drawn(chart) !== before) fault("another drawing under the first title");
          continue;
        }
        if (!title(chart).startsWith("Your setting.")) fault(`the title is "${title(chart)}"`);
        if (said.get(name) !== String(chart.view.signal(name.split(".")[1]))) fault(`the address is ${location.href}`);
        last = [location.href, title(chart)];
        reset.click();
        await chart.view.runAsync();
        await new Promise(requestAnimationFrame);
        if (location.href !== clean) fault(`reset leaves the address ${location.href}`);
        if (title(chart) !== finding) fault(`reset leaves the title "${title(chart)}"`);
        if (drawn(chart) !== before) fault("reset leaves another drawing");
      }
      if (last) addresses.push(last);
    }
  }
  return [states, faults, addresses];
}
