// Fills the list of [data-suggest="address"] while somebody types the name of a
// municipality, as it was on the day that the form says. The page has a list without it.
const pause = 200; // ms after the last key

export function suggest(root) {
  for (const field of root.querySelectorAll('input[data-suggest][list]')) {
    const list = root.getElementById(field.getAttribute('list'));
    if (!list) continue;
    let timer;
    let asked = '';
    const part = (name) => field.form?.elements.namedItem(name)?.value ?? '';
    field.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const query = new URLSearchParams({ q: field.value, d: part('birth_day'), m: part('birth_month'), y: part('birth_year') }).toString();
        if (field.value.trim().length < 2 || query === asked) return;
        asked = query;
        const answer = await fetch(`${field.dataset.suggest}?${query}`, { headers: { Accept: 'application/json' } }).catch(() => null);
        if (!answer?.ok || query !== asked) return;
        list.replaceChildren(...(await answer.json()).map((name) => {
          const option = root.createElement('option');
          option.value = name;
          return option;
        }));
      }, pause);
    });
  }
}
