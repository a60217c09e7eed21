// The service worker of the app: it makes the page one that a telephone keeps, and answers
// in words when there is no network. Nothing is stored.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate') return;
  event.respondWith(fetch(event.request).catch(() => new Response(
    '<!doctype html><html lang="it"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Nessuna rete</title><h1>Nessuna rete</h1><p>Collega il telefono a Internet e riapri l’app.</p><p lang="en">No network. Connect your telephone and open the app again.</p></html>',
    { status: 503, headers: { 'Content-Type': 'text/html; charset=utf-8' } },
  )));
});
