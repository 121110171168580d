// What a reader does in the book from a stick. Each step comes to what the reader sees then.
({
  until(state) {
    const end = Date.now() + 30000;
    return new Promise((done, fail) => {
      const look = () => {
        const found = state();
        if (found) done(found);
        else if (Date.now() > end) fail(new Error(`waited for ${state}`));
        else requestAnimationFrame(look);
      };
      look();
    });
  },

  type(input, value) {
    input.value = value;
    for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
  },

  press(place, selector, words) {
    [...place.querySelectorAll(selector)].find((one) => one.textContent.includes(words)).click();
  },

  async chart() {
    document.querySelector("#fig-two-readings").scrollIntoView();
    const slider = await this.until(() => document.querySelector('.is-live [name="ft25_local_share"]'));
    const drawn = () => slider.closest(".chart").querySelector(".chart-live").textContent;
    const before = drawn();
    this.type(slider, "50");
    await this.until(() => drawn() !== before);
    return drawn();
  },

  async card() {
    document.querySelector('a.fact[data-card="card-ft25-local-usd"]').click();
    const card = await this.until(() => document.querySelector("[role=dialog]"));
    this.press(card, "summary", "What if?");
    const share = 'li[data-key="ft25-local-share"] input[type="number"]';
    const value = card.querySelector(".card-value");
    const before = value.textContent;
    this.type(await this.until(() => card.querySelector(share)), "50");
    await this.until(() => value.textContent !== before);
    return value.textContent;
  },

  async verify() {
    document.querySelector("#fact-ft25-total").open = true;
    const card = await this.until(() => document.querySelector("#number-ft25-total"));
    this.press(card, "button", "Verify here");
    const answer = card.querySelector("[role=status]");
    await this.until(() => answer.textContent.includes("atch"));
    return answer.textContent;
  },

  async search() {
    const found = document.querySelector("#search-results");
    await this.until(() => found.querySelector("mark"));
    return found.querySelector("mark").textContent;
  },
})
