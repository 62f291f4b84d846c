// What pages do better with a script. Each works without: forms post, links lead, explanations open.
(() => {
  "use strict";

  document.documentElement.classList.replace("no-js", "js");

  // The design system counts the characters left; the words come with the field, in the page's language.
  function countCharacters(within) {
    if (!window.DKFDS) return;
    for (const field of within.querySelectorAll(".form-limit[data-words]")) {
      const words = JSON.parse(field.dataset.words);
      delete field.dataset.words;
      new window.DKFDS.CharacterLimit(field, words).init();
    }
  }

  // Faults are met at once, by eye and by screen reader.
  function meetFaults(within) {
    const summary = within.querySelector(".error-summary");
    if (summary) summary.focus();
  }

  function enhance(within) {
    countCharacters(within);
    meetFaults(within);
  }

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-print]")) window.print();
  });

  // An explanation that lies over the page goes away as such things do.
  function closeExplanations(except) {
    for (const open of document.querySelectorAll("table .why[open]")) {
      if (open !== except) open.open = false;
    }
  }
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element) closeExplanations(event.target.closest(".why"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = event.target instanceof Element && event.target.closest(".why[open]");
    if (open) open.querySelector("summary").focus();
    closeExplanations(null);
  });

  // A form that is on its way is not sent again, and keeps no draft behind its own back.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.dataset.sent) event.preventDefault();
    // A list that somebody is reading an explanation in is not changed under their eyes.
    const refreshes = event.detail.elt.dataset.refresh !== undefined;
    if (refreshes && event.detail.elt.parentElement.querySelector("details[open]")) event.preventDefault();
  });

  // A goal that is not the recommended one asks for its reason at once.
  document.addEventListener("input", (event) => {
    const recommended = event.target.dataset && event.target.dataset.recommended;
    if (recommended === undefined) return;
    const plain = (text) => text.replace(/\s/g, "").replace(/,/g, ".");
    const reason = document.querySelector(`[data-reason-for="${event.target.id}"]`);
    if (reason && recommended && event.target.value.trim() && plain(event.target.value) !== plain(recommended)) reason.open = true;
  });

  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:load", (event) => countCharacters(event.detail.elt));

  // A request that never arrived is told in the page: what was typed still stands there.
  function tell(failed) {
    const place = document.querySelector("[data-connection]");
    if (place) place.hidden = !failed;
  }
  for (const failure of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failure, () => tell(true));
  }
  document.addEventListener("htmx:afterOnLoad", () => tell(false));
})();
