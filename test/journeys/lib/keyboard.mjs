// A person who has a keyboard and no mouse.

import assert from 'node:assert/strict';

const most = 60; // stops until somebody gives up

/** reach tabs to a control; every stop on the way must be visible to who looks for it. */
export async function reach(v, control) {
  await control.waitFor();
  for (let stops = 0; stops < most; stops++) {
    if (await isFocused(control)) return;
    await v.page.keyboard.press('Tab');
    await visible(v);
  }
  assert.fail(`not reached with ${most} stops of the Tab key: ${control}`);
}

/** use reaches a control and presses a key on it, Enter if not told otherwise. */
export async function use(v, control, key = 'Enter') {
  await reach(v, control);
  await v.page.keyboard.press(key);
}

/** type reaches a field and writes into it. */
export async function type(v, field, text) {
  await reach(v, field);
  await v.page.keyboard.type(text);
}

/** isFocused reports whether what is typed goes to this control. */
export const isFocused = (control) => control.evaluate((e) => e === e.ownerDocument.activeElement);

/** visible fails when the stop of the keyboard cannot be seen: WCAG 2.4.7, 2.4.11. */
async function visible(v) {
  const stop = await v.page.evaluate(() => {
    const e = document.activeElement;
    if (e === document.body || e === document.documentElement) return null; // between the last stop and the first
    const box = e.getBoundingClientRect();
    const marks = [e, ...e.labels ?? []].flatMap((x) => [null, '::before', '::after'].map((part) => getComputedStyle(x, part)));
    return {
      name: `${e.tagName.toLowerCase()} ${e.id || e.textContent.trim().slice(0, 40)}`,
      marked: marks.some((s) => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'),
      shown: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
  });
  if (stop === null) return;
  assert.ok(stop.marked, `the focus cannot be seen on: ${stop.name}`);
  assert.ok(stop.shown, `the focus is outside the screen on: ${stop.name}`);
}
