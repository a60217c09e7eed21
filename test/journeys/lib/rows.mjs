// Four rows that hold every pair of language, screen and scripts.

import { after, before, describe } from 'node:test';
import { desktop, open, phone } from './browser.mjs';
import { start } from './demo.mjs';

export const rows = [
  { name: 'it, phone', lang: 'it', screen: phone, scripts: true },
  { name: 'it, desktop, without scripts', lang: 'it', screen: desktop, scripts: false },
  { name: 'en, phone, without scripts', lang: 'en', screen: phone, scripts: false },
  { name: 'en, desktop', lang: 'en', screen: desktop, scripts: true },
];

/** two are an Italian on a telephone and an English speaker at a desk, for journeys of which the others have the pairs. */
export const two = [rows[0], rows[3]];

/** inEach tells its stories once for each row, each time with a demonstration of its own: `tell(at, row)`, and `at` has demo and browser. */
export function inEach(tell, those = rows) {
  for (const row of those) {
    describe(row.name, () => {
      const at = {};
      before(async () => { at.browser = await open(); at.demo = await start(); });
      after(async () => { await at.browser?.close(); await at.demo?.stop(); });
      tell(at, row);
    });
  }
}
