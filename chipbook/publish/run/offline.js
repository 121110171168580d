// Keeps what a reader who has run a chapter sees of the book, for when there is no network. It stands at the
// top of the site, since a browser lets it see what is below its place. The network comes first: a page is
// never older than it must be.
"use strict";
const PAGES = "chipbook-pages";

onactivate = (event) => event.waitUntil(clients.claim());

onfetch = (event) => {
  const { method, url, headers } = event.request;
  // What is large is kept by worker.js, or is a file to save.
  const other = method !== "GET" || !url.startsWith(registration.scope) || headers.has("range") || /\.(pack|zip|pdf|epub)\b/.test(url);
  if (!other) event.respondWith(answer(event));
};

async function answer(event) {
  const { request } = event;
  const store = await caches.open(PAGES);
  try {
    const found = await fetch(request);
    if (found.ok) event.waitUntil(keep(store, request, found.clone()));
    return found;
  } catch (error) {
    const kept = await store.match(request, { ignoreSearch: true });
    if (!kept) throw error;
    return kept;
  }
}

// In place of an older version, whose address differs after the question mark.
async function keep(store, request, found) {
  await store.delete(request, { ignoreSearch: true });
  await store.put(request, found);
}
