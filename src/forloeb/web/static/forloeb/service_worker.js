// Answers on the patient's pages when the network does not.
//
// It keeps files that are the same for everybody and nothing else: no answer that it passes on is ever kept, so that
// no plan can come to lie here. The plan's copy is another matter (own_device.js), sealed and in another place.
//
// The first line, `const SHELL = …`, is put before this by pages/device.py: what to keep, and a name for this version.

"use strict";

const CACHE = `shell-${SHELL.version}`;

// Past the browser's own cache: what it holds may be of an earlier version.
async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll([SHELL.page, ...SHELL.files].map((address) => new Request(address, { cache: "reload" })));
  await self.skipWaiting();
}

async function dropEarlierShells() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

// An answer that says no is an answer. Only no answer at all shows the page for being offline.
const fromNetwork = (request) => fetch(request).catch(() => fromShell(SHELL.page));

async function fromShell(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) || fetch(request);
}

function isInShell(request) {
  const { origin, pathname, search } = new URL(request.url);
  return origin === location.origin && SHELL.files.includes(pathname + search);
}

self.addEventListener("install", (event) => event.waitUntil(keepShell()));
self.addEventListener("activate", (event) => event.waitUntil(dropEarlierShells()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fromNetwork(request));
  else if (isInShell(request)) event.respondWith(fromShell(request));
});
