// Moves the focus to the summary of errors, so that it is read first; a link
// in it leads to the field and not only near it.
export function focusErrors(root) {
  const summary = root.querySelector('[data-focus]');
  if (!summary) return;
  summary.focus();
  for (const link of summary.querySelectorAll('a[href^="#"]')) {
    link.addEventListener('click', (event) => {
      const field = root.getElementById(link.hash.slice(1));
      if (!field) return;
      event.preventDefault();
      field.focus();
    });
  }
}
