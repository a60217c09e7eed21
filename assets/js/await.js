// The page of a login that waits for the app: form[data-await] asks what became of the
// request and is sent when it was answered, or when its time is over. Without scripts the
// person presses the button.
const pause = 1500; // ms

for (const form of document.querySelectorAll('form[data-await]')) {
  const end = Date.now() + Number(form.dataset.seconds) * 1000;
  const look = async () => {
    let waiting = true;
    try {
      const answer = await fetch(form.dataset.await, { headers: { Accept: 'application/json' } });
      if (answer.ok) waiting = (await answer.json()).waiting;
    } catch {
      // No network for a moment: the next look may have it.
    }
    if (!waiting || Date.now() > end) form.requestSubmit();
    else setTimeout(look, pause);
  };
  setTimeout(look, pause);
}
