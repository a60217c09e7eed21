// Gives [data-copy="id"] buttons their use: the text of the element with that
// id goes to the clipboard, and the button says so.
export function copy(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll('[data-copy]')) {
    const source = root.getElementById(button.dataset.copy);
    if (!source) continue;
    const words = button.textContent;
    button.hidden = false;
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(source.textContent.trim());
      button.textContent = button.dataset.doneText;
      setTimeout(() => { button.textContent = words; }, 3000);
    });
  }
}
