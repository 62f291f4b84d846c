// A copy of the plan on the patient's own device, for when there is no network. Nothing is kept before they say so.
//
// The copy is sealed with AES-GCM, under a key that is made here for that one copy. The key cannot be taken out of the
// browser by any script, this one included. Key and copy lie together and go together: when the patient erases them or
// signs out, when another person signs in, and when 30 days have passed since the plan was read.

(() => {
  "use strict";

  const DATABASE = "own-device";
  const STORE = "copies";
  const ONLY = "plan";
  const LONGEST = 30 * 24 * 60 * 60 * 1000;
  const PATIENTS_PAGES = "/my-plan/";

  const canKeep = () =>
    window.isSecureContext && "indexedDB" in window && "serviceWorker" in navigator && Boolean(crypto.subtle);

  // --- The place where it lies -----------------------------------------------------------------------------------

  const given = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  // To look makes no database: where there is none the opening is called off, and refused.
  async function open({ make = false } = {}) {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      if (make) request.result.createObjectStore(STORE);
      else request.transaction.abort();
    };
    const database = await given(request);
    database.onversionchange = () => database.close();
    return database;
  }

  async function put(copy, options) {
    const database = await open(options);
    const transaction = database.transaction(STORE, "readwrite");
    transaction.objectStore(STORE).put(copy, ONLY);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    database.close();
  }

  // Gives the copy, still sealed, or nothing.
  async function find() {
    let database;
    try {
      database = await open();
    } catch {
      return undefined;
    }
    const copy = await given(database.transaction(STORE).objectStore(STORE).get(ONLY));
    database.close();
    return copy;
  }

  // The site says when the plan was read, the device how late it is now: nobody else is there to ask.
  const isTooOld = (copy) => Date.now() - copy.readAt > LONGEST;

  // The key and the copy first; then the worker and its files, which hold nothing of anybody's.
  async function erase() {
    await given(indexedDB.deleteDatabase(DATABASE));
    const worker = await navigator.serviceWorker.getRegistration(PATIENTS_PAGES);
    if (worker) await worker.unregister();
    for (const name of await caches.keys()) await caches.delete(name);
  }

  // --- Sealing ---------------------------------------------------------------------------------------------------

  async function seal(content) {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const text = new TextEncoder().encode(JSON.stringify(content));
    return { key, iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, text) };
  }

  async function unseal({ key, iv, sealed }) {
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
    return JSON.parse(new TextDecoder().decode(text));
  }

  // --- Making the copy -------------------------------------------------------------------------------------------

  // What is left out of a print only works with a network, and so do forms. Messages were about another moment.
  function printed(main, needsNetwork) {
    const copy = main.cloneNode(true);
    for (const part of copy.querySelectorAll(".d-print-none, form, script, [role=status]")) part.remove();
    for (const link of copy.querySelectorAll("a[href]:not([href^='tel:'])")) {
      link.removeAttribute("href");
      link.append(` (${needsNetwork})`);
    }
    return copy.innerHTML;
  }

  async function keep(section, owner, options) {
    const { readAt, read, needsNetwork } = section.dataset;
    const html = printed(document.getElementById("main-content"), needsNetwork);
    await put({ owner, readAt: Number(readAt), ...(await seal({ html, read })) }, options);
  }

  // The worker has fetched its files when it is activated; where it could not, nothing can be shown offline.
  async function startWorker() {
    const registration = await navigator.serviceWorker.register("/service-worker.js", { scope: PATIENTS_PAGES });
    const worker = registration.installing || registration.waiting || registration.active;
    await new Promise((resolve, reject) => {
      const look = () => {
        if (worker.state === "activated") resolve();
        if (worker.state === "redundant") reject(new Error("the worker was not installed"));
      };
      worker.addEventListener("statechange", look);
      look();
    });
  }

  // --- On a page of somebody who is signed in ---------------------------------------------------------------------

  // Shows the part of a place that tells how things stand, and no other.
  function show(place, state) {
    for (const part of place.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
    place.hidden = false;
  }

  // The button that was pressed is gone: what came of it is where the reader goes on.
  function tell(place, state) {
    show(place, state);
    place.querySelector(`[data-when=${state}] p`).focus();
  }

  async function visit(owner) {
    const copy = await find();
    const isTheirs = Boolean(copy) && copy.owner === owner && !isTooOld(copy);
    if (copy && !isTheirs) await erase();
    const section = document.querySelector("[data-own-device]");
    if (!section) return;
    offerToKeep(section, owner);
    offerToErase(section);
    show(section, isTheirs ? await tryToKeep(section, owner) : "not-kept");
  }

  // Gives how it went. There may be no room, or a private window that keeps nothing; half a copy is no use.
  async function tryToKeep(section, owner, options) {
    try {
      await startWorker();
      await keep(section, owner, options);
      return "kept";
    } catch {
      await erase().catch(() => {});
      return "failed";
    }
  }

  function offerToKeep(section, owner) {
    section.querySelector("[data-keep]").addEventListener("click", async () => {
      tell(section, await tryToKeep(section, owner, { make: true }));
    });
  }

  function offerToErase(place) {
    place.querySelector("[data-erase]").addEventListener("click", async () => {
      await erase();
      for (const copy of place.querySelectorAll("[data-copy]")) copy.replaceChildren();
      tell(place, "erased");
    });
  }

  // The answer to a sign-out tells the browser to erase all of it. This also works when that answer never comes.
  function eraseAtSignOut() {
    const form = document.querySelector("form.sign-out");
    if (!form) return;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const longEnough = new Promise((resolve) => setTimeout(resolve, 1000));
      Promise.race([erase().catch(() => {}), longEnough]).then(() => form.submit());
    });
  }

  // --- On the page that the worker shows ---------------------------------------------------------------------------

  async function showOffline(place) {
    const copy = await find();
    if (!copy || isTooOld(copy)) {
      if (copy) await erase();
      show(place, "none");
    } else if (location.pathname === PATIENTS_PAGES) {
      await showCopy(place, copy).catch(() => show(place, "none"));
    } else {
      show(place, "elsewhere");
    }
  }

  // A parsed document is inert: no script in it runs, and the page's content security policy would not let it.
  async function showCopy(place, copy) {
    const { html, read } = await unseal(copy);
    const { body } = new DOMParser().parseFromString(html, "text/html");
    place.querySelector("h1").replaceWith(body.querySelector("h1"));
    place.querySelector("[data-read]").textContent = read;
    place.querySelector("[data-copy]").replaceChildren(...body.childNodes);
    show(place, "copy");
    offerToErase(place);
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!canKeep()) return;
    const owner = document.querySelector("meta[name=device-owner]");
    const offline = document.querySelector("[data-offline]");
    if (offline) showOffline(offline);
    else if (owner) visit(owner.content);
    eraseAtSignOut();
  });
})();
