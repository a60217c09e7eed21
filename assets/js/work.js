// Solves the challenge of [data-work] while the form is being filled in: a number such
// that the hash of puzzle and number begins with so many zero bits. Without scripts the
// form leaves without a number, and less often is allowed.
import { firstBlock } from './sha256.js';

const slice = 25; // ms of work between two pauses, so that typing stays smooth

export function work(root) {
  for (const field of root.querySelectorAll('input[data-work]')) {
    const puzzle = field.dataset.work;
    const bits = Number(field.dataset.bits);
    let number = 0;
    const some = () => {
      for (const end = performance.now() + slice; performance.now() < end;) {
        for (let i = 0; i < 200; i++, number++) {
          if (solved(firstBlock(puzzle + number), bits)) {
            field.value = String(number);
            return;
          }
        }
      }
      setTimeout(some, 5);
    };
    const form = field.form;
    setTimeout(some, 0);
    form?.addEventListener('submit', (event) => {
      // Who is quicker than the machine waits for it, a second at the most.
      if (field.value !== '' || event.defaultPrevented) return;
      while (!solved(firstBlock(puzzle + number), bits)) number++;
      field.value = String(number);
    });
  }
}

function solved([first], bits) {
  return first >>> (32 - bits) === 0;
}
