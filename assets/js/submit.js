// Ignores the second of two quick presses of a button that sends a form. The
// server is safe against both; this spares the person the page that says so.
export function submitOnce(root) {
  const sent = new WeakSet();
  root.addEventListener('submit', (event) => {
    if (sent.has(event.target)) {
      event.preventDefault();
      return;
    }
    sent.add(event.target);
    setTimeout(() => sent.delete(event.target), 5000);
  });
  // A page that comes back from the browser's memory starts afresh.
  globalThis.addEventListener?.('pageshow', (event) => {
    if (event.persisted) for (const form of root.forms ?? []) sent.delete(form);
  });
}
