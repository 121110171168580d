// Keeps what a reader who has run a chapter sees of the book, for when there is no network. It stands at the
// top of the site, since a browser lets it see what is below its place. The network comes first: a page is
// never older than it must be.
"use strict";
const PAGES = `chipbook-pages ${registration.scope}`;

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
    if (found.ok) event.waitUntil(store.put(request, found.clone()));
    return found;
  } catch (error) {
    const kept = await store.match(request) ?? (request.mode === "navigate" && await page(store, request.url));
    if (!kept) throw error;
    return kept;
  }
}

// What a question asks of a page is up to its scripts. Some hosts leave out the end of a page's name.
async function page(store, url) {
  const { origin, pathname } = new URL(url);
  for (const path of [pathname, pathname.replace(/\.html$/, ""), `${pathname}.html`]) {
    const kept = await store.match(origin + path, { ignoreSearch: true });
    if (kept) return kept;
  }
  return null;
}
