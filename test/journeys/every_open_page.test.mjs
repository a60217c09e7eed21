// Whoever opens a page of ours, with a screen reader, a keyboard, a telephone, an old browser:
// every page that needs no login, in both languages, with scripts and without.

import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import { openPages } from './lib/pages.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const [lang, screen, where] of [['it', desktop, 'Italian, at a desk'], ['en', phone, 'English, on a telephone']]) {
  story(`every open page can be used by everybody: ${where}, with and without scripts`, async () => {
    const judge = new Judge();
    for (const scripts of [true, false]) {
      const v = await visitor(browser, { lang, scripts, screen });
      for (const [room, name, path] of openPages) {
        await v.page.goto(demo[room] + path);
        await judge.look(v, `${room}: ${name}, ${lang}`);
      }
      await v.close();
    }
    judge.verdict();
  });
}
