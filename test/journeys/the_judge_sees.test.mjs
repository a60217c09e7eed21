// A judge who never finds anything is blind: a bad page has its faults found, with and without scripts.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { open, story, visitor } from './lib/browser.mjs';

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser?.close(); });

const bad = `<!doctype html><html lang="it"><title>Male</title><main><h1>Male</h1>
<p style="color:#ddd">Non si legge</p><p style="width:500px">Non ci sta</p><img src="data:,"></main></html>`;

for (const scripts of [true, false]) {
  story(`the judge sees what is wrong ${scripts ? 'with' : 'without'} scripts`, async () => {
    const judge = new Judge();
    const v = await visitor(browser, { scripts });
    await v.page.setContent(bad);
    await judge.look(v, 'bad page');
    for (const fault of [/color-contrast at p/, /image-alt at img/, /px wide on a screen of 320 px/]) {
      assert.throws(() => judge.verdict(), fault);
    }
    await v.close();
  });
}
