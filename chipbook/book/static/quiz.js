// A quiz: an option that is chosen says whether it is right, and why. Nothing is kept or sent.
"use strict";
for (const quiz of document.querySelectorAll("details.quiz")) {
  const questions = [...quiz.querySelectorAll("fieldset")];
  const first = new Map();
  const score = chipbook.element("p", { className: "quiz-score", role: "status" });

  for (const question of questions) {
    const said = chipbook.element("div", { className: "quiz-said", role: "status" });
    // Where the reason that is shown stands while it is not.
    let home = null;
    let byArrow = false;
    const put = () => { if (home) home.append(...said.childNodes); };

    const tell = () => {
      const chosen = question.querySelector("input:checked");
      if (!chosen) return;
      put();
      home = chosen.closest("label").nextElementSibling;
      said.replaceChildren(home.querySelector("p"));
      question.dataset.said = chosen.value;
      if (!first.has(question)) first.set(question, chosen.value === "right");
      if (first.size < questions.length) return;
      const right = [...first.values()].filter(Boolean).length;
      score.textContent = `${right} of ${questions.length} at the first try.`;
    };

    // An arrow key goes through the options and chooses each in passing: that is no answer yet.
    question.addEventListener("keydown", ({ key }) => {
      byArrow = key.startsWith("Arrow");
      if (key === "Enter" || key === " ") tell();
    });
    question.addEventListener("change", () => {
      if (!byArrow) tell();
      else {
        put();
        home = null;
        delete question.dataset.said;
        said.replaceChildren("Press Enter to answer.");
      }
      byArrow = false;
    });
    question.append(said);
  }
  quiz.append(score);
  quiz.classList.add("live");
}
