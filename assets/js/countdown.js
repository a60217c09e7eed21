// Counts the seconds in [data-countdown] down to zero. The text around it is
// in the page; screen readers hear it once and not every second.
export function countdown(root) {
  for (const element of root.querySelectorAll('[data-countdown]')) {
    const end = Date.now() + Number(element.dataset.countdown) * 1000;
    const words = element.textContent;
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      element.textContent = words.replace(/\d+/, String(left));
      if (left === 0) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
  }
}
