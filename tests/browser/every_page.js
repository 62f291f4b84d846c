// What tests/browser/test_every_page.py asks of a page as it stands. Each question gives its faults as texts.
window.everyPage = (() => {
  "use strict";

  const STOPS = "a[href], area[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";

  const told = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);

  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;

  // Where the keyboard should stop: all that can be used, and of a group of radios the one that stands for it.
  function stops() {
    return [...document.querySelectorAll(STOPS)].filter((element) => {
      if (!isShown(element) || element.disabled || element.tabIndex < 0 || element.type === "hidden") return false;
      if (element.type !== "radio" || element.checked) return true;
      const group = [...document.querySelectorAll(`input[type=radio][name="${CSS.escape(element.name)}"]`)].filter(
        (other) => other.form === element.form && !other.disabled,
      );
      return !group.some((other) => other.checked) && group[0] === element;
    });
  }

  function structure() {
    const faults = [];
    const one = (selector, what) => {
      const found = [...document.querySelectorAll(selector)].filter(isShown);
      if (found.length !== 1) faults.push(`${found.length} of ${what}`);
    };
    one("h1", "h1");
    one("main", "main");
    one("body > header", "header");
    if (!document.documentElement.lang) faults.push("no language");
    let before = 0;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
      const level = Number(heading.localName[1]);
      if (level > before + 1) faults.push(`a heading is skipped before ${told(heading)}`);
      before = level;
    }
    return faults;
  }

  // --- Tab, from the first stop to the last -------------------------------------------------------------------------

  let expected, come, note;

  function startWalk() {
    expected = stops();
    come = [];
    note = (event) => come.push(event.target);
    document.activeElement.blur();
    document.addEventListener("focusin", note);
    return expected.length;
  }

  const isWalkOver = () => new Set(come).size < come.length;

  function endWalk() {
    document.removeEventListener("focusin", note);
    const faults = expected.filter((element) => !come.includes(element)).map((element) => `not reached: ${told(element)}`);
    const order = [...new Set(come)];
    const back = order.filter(
      (element, place) =>
        place > 0 && order[place - 1].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING,
    );
    // Where the walk began in the middle, it comes by the top once.
    if (back.length > 1) faults.push(...back.map((element) => `out of order: ${told(element)}`));
    return faults;
  }

  // --- Focus: seen, and not behind something else -------------------------------------------------------------------

  const LOOK = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor", "borderWidth", "backgroundColor"];

  function looks(element) {
    const label = element.labels && element.labels[0];
    const bearers = [[element, null], ...(label ? [[label, null], [label, "::before"], [label, "::after"]] : [])];
    return JSON.stringify(bearers.map(([bearer, part]) => LOOK.map((name) => getComputedStyle(bearer, part)[name])));
  }

  // A border or an outline: what forced colours leave.
  function hasLine(element) {
    const label = element.labels && element.labels[0];
    const bearers = [[element, null], ...(label ? [[label, null], [label, "::before"], [label, "::after"]] : [])];
    return bearers.some(([bearer, part]) => {
      const style = getComputedStyle(bearer, part);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
  }

  function isInSight(element) {
    const bearer = Number(getComputedStyle(element).opacity) === 0 && element.labels[0] ? element.labels[0] : element;
    for (const whole of bearer.getClientRects()) {
      // Of what is larger than the screen, the part on it.
      const [left, top] = [Math.max(whole.left, 0), Math.max(whole.top, 0)];
      const box = { left, top, width: Math.min(whole.right, innerWidth) - left, height: Math.min(whole.bottom, innerHeight) - top };
      if (box.width <= 0 || box.height <= 0) continue;
      for (const x of [0.1, 0.5, 0.9]) {
        for (const y of [0.2, 0.5, 0.8]) {
          const on = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
          if (on && (on === element || element.contains(on) || on.contains(element) || (element.labels && [...element.labels].some((label) => label.contains(on))))) return true;
        }
      }
    }
    return false;
  }

  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

  // A change of style may be on its way, level by level, even where motion is reduced to nearly nothing.
  async function settled() {
    for (let tries = 0; tries < 4; tries++) {
      await painted();
      if (!document.getAnimations().length) return;
    }
  }

  async function comesInSight(element) {
    for (let tries = 0; tries < 10; tries++) {
      if (isInSight(element)) return true;
      await painted();
    }
    return false;
  }

  async function focus() {
    const faults = [];
    const forced = matchMedia("(forced-colors: active)").matches;
    document.activeElement.blur();
    for (const element of stops()) {
      const before = looks(element);
      element.focus();
      if (document.activeElement !== element) faults.push(`takes no focus: ${told(element)}`);
      else if (!element.matches(":focus-visible")) faults.push(`focus is not told: ${told(element)}`);
      else if (looks(element) === before) faults.push(`focus is not seen: ${told(element)}`);
      else if (forced && !hasLine(element)) faults.push(`focus has no outline: ${told(element)}`);
      else if (!(await comesInSight(element))) faults.push(`hidden when it has focus: ${told(element)}`);
      element.blur();
    }
    scrollTo(0, 0);
    await settled();
    return faults;
  }

  // --- Forced colours -----------------------------------------------------------------------------------------------

  const SYSTEM = ["Canvas", "CanvasText", "LinkText", "VisitedText", "ActiveText", "ButtonFace", "ButtonText", "ButtonBorder", "Field", "FieldText", "Highlight", "HighlightText", "Mark", "MarkText", "GrayText"];

  function systemColours() {
    const probe = document.createElement("i");
    probe.setAttribute("hidden", "");
    document.body.append(probe);
    const found = new Set(
      SYSTEM.map((name) => {
        // Through a sheet of its own: the page's policy lets no inline style through.
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`i[hidden]:last-child { forced-color-adjust: none; color: ${name}; }`);
        document.adoptedStyleSheets = [sheet];
        return getComputedStyle(probe).color;
      }),
    );
    document.adoptedStyleSheets = [];
    probe.remove();
    return found;
  }

  const isLine = (style) => ["Top", "Right", "Bottom", "Left"].some((side) => style[`border${side}Style`] !== "none" && parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Color`] !== "rgba(0, 0, 0, 0)");

  async function forcedColours() {
    await settled();
    const faults = [];
    const system = systemColours();
    for (const status of document.querySelectorAll(".status, .tag, .mark, .alert")) {
      if (!isShown(status)) continue;
      if (!status.innerText.trim()) faults.push(`no words: ${told(status)}`);
      if (status.matches(".status, .alert") && !status.querySelector("svg")) faults.push(`no symbol: ${told(status)}`);
      if (!isLine(getComputedStyle(status))) faults.push(`no edge: ${told(status)}`);
    }
    for (const shape of document.querySelectorAll("svg path, svg circle, svg rect, svg text, svg use, svg polygon")) {
      if (!isShown(shape.closest("svg"))) continue;
      const style = getComputedStyle(shape);
      const paints = [style.fill, style.stroke].filter((paint) => paint !== "none" && paint !== "rgba(0, 0, 0, 0)");
      const odd = paints.filter((paint) => !system.has(paint));
      if (odd.length) faults.push(`painted ${odd}: ${told(shape)}`);
    }
    for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea, button, .button")) {
      if (!isShown(field)) continue;
      const style = getComputedStyle(field);
      const label = field.labels && field.labels[0];
      const drawnByLabel = label && [null, "::before"].some((part) => isLine(getComputedStyle(label, part)));
      const inGroup = field.closest(".segments") && isLine(getComputedStyle(field.closest("fieldset")));
      const isLink = style.textDecorationLine === "underline";
      if (!isLine(style) && !drawnByLabel && !inGroup && !isLink) faults.push(`no edge: ${told(field)}`);
    }
    return faults;
  }

  // --- What the design system says of this page, and its stylesheet does not ---------------------------------------

  function selectors(css) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const found = new Set();
    const gather = (rules, where) => {
      for (const rule of rules) {
        if (rule.selectorText) for (const one of rule.selectorText.split(/,(?![^(]*\))/)) found.add(`${where}|${one.trim()}`);
        else if (rule.cssRules && rule.conditionText) gather(rule.cssRules, `${where}@${rule.conditionText}`);
      }
    };
    gather(sheet.cssRules, "");
    return found;
  }

  // States and made-up elements are asked for without them: a button that is pressed later is a button now.
  const asItStands = (selector) => selector.replace(/::?(?!not\b|is\b|where\b|has\b|nth|first|last|only|empty)[a-z-]+(\([^)]*\))?/g, "") || "*";

  function lostRules(whole, kept) {
    const has = selectors(kept);
    return [...selectors(whole)].filter((rule) => {
      if (has.has(rule)) return false;
      try {
        return document.querySelector(asItStands(rule.slice(rule.indexOf("|") + 1))) !== null;
      } catch {
        return false;
      }
    });
  }

  return { lostRules, structure, startWalk, isWalkOver, endWalk, focus, forcedColours };
})();
