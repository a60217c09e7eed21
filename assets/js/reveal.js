// Shows and hides a password: [data-reveal="id"]. A form never leaves with the
// password shown, or browsers would remember it as plain text.
export function reveal(root) {
  for (const button of root.querySelectorAll('[data-reveal]')) {
    const field = root.getElementById(button.dataset.reveal);
    if (!field) continue;
    const words = button.textContent;
    const set = (shown) => {
      field.type = shown ? 'text' : 'password';
      button.textContent = shown ? button.dataset.hideText : words;
      button.setAttribute('aria-pressed', String(shown));
    };
    button.hidden = false;
    button.addEventListener('click', () => set(field.type === 'password'));
    field.form?.addEventListener('submit', () => set(false));
  }
}
