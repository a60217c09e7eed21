// Services of the administration ask Italians for SPID or CIE. Oksana is asked for her citizenship once and
// enters; somebody with an identity of another country, but only Italian, declares and enters for a while.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as door from './lib/doors.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const atADesk = { lang: 'it', screen: desktop };
const onAPhone = { lang: 'en', screen: phone };
const withoutScripts = { lang: 'it', screen: phone, scripts: false };

const service = () => `${demo.desk}/service/start?client=servizio-livello-2`;

/** enter comes to the service with the identity of another country, for the first time when there is an address. */
async function enter(v, country, name, level, address) {
  await v.page.goto(service());
  await step.heading(v, words(v.lang)('doors.choice.title'));
  const { lang } = v;
  await door.chooseEIDAS(v);
  await door.byEIDAS(v, country, name, level);
  await door.send(v);
  v.lang = lang;
  if (address) await door.firstEntryWithMail(v, demo, name === 'Оксана Приклад' ? 'Oksana Pryklad' : name, address);
}

/** answer says which citizenship. */
async function answer(v, which) {
  const t = words(v.lang);
  await step.heading(v, t('entry.citizenship.title'));
  await v.page.getByLabel(t(`entry.citizenship.${which}`), { exact: true }).check();
  await step.press(v, t('entry.citizenship.go'));
}

/** told waits for the page on which the service shows what it learned. */
async function told(v) {
  await v.page.getByRole('heading', { name: words(v.lang)('demo.service.told') }).waitFor();
}

story('Oksana is asked for her citizenship once, on a phone, and enters', async () => {
  const judge = new Judge();
  const v = await visitor(browser, onAPhone);
  await enter(v, 'Czechia', 'Оксана Приклад', 'substantial', 'oksana@example.org');
  const t = words(v.lang);
  await step.heading(v, t('entry.citizenship.title'));
  await judge.both(v, 'citizenship');
  await answer(v, 'other');
  await told(v);
  await v.page.goto(service());
  await told(v);
  await v.close();
  judge.verdict();
});

for (const [how, country, name, address] of [
  [atADesk, 'Germany', 'Jörg Müßiggang-Beispiel', 'joerg@example.org'],
  [withoutScripts, 'Germany', 'Jörg Müßiggang-Beispiel', ''],
]) {
  story(`only Italian, with an identity of another country: the duty, the declaration, its end (${how.scripts === false ? 'without scripts' : 'at a desk'})`, async () => {
    const judge = new Judge();
    const v = await visitor(browser, how);
    const t = words(v.lang);
    await enter(v, country, name, 'high', address);
    if (address) await answer(v, 'italian');
    await step.heading(v, t('entry.duty.title'));
    await judge.both(v, 'verdict: SPID or CIE');
    for (const way of ['entry.way.spid', 'entry.way.cie', 'entry.back', 'entry.not_only_italian']) {
      await v.page.getByRole('link', { name: t(way), exact: true }).waitFor();
    }
    await v.page.getByText(t('entry.trouble'), { exact: true }).click();
    await step.press(v, t('entry.trouble.declare'), { role: 'link' });
    await step.heading(v, t('declaration.title'));
    await judge.both(v, 'declaration');
    await judge.provoked(v, 'declaration: words are missing', async (w) => {
      const said = words(w.lang);
      await w.page.getByLabel(said('declaration.reason.other'), { exact: true }).check();
      await w.page.getByLabel(said('declaration.sure'), { exact: true }).check();
      await step.press(w, said('declaration.make'));
      await w.page.locator('.atrio-errors').waitFor();
    });
    await v.page.getByLabel(t('declaration.reason.abroad'), { exact: true }).check();
    await v.page.getByLabel(t('declaration.sure'), { exact: true }).check();
    await step.press(v, t('declaration.make'));
    await told(v);
    await v.page.goto(`${demo.gateway}/declaration`);
    await judge.look(v, 'declaration: valid');
    const mails = await demo.message('joerg@example.org', (m) => m.channel === 'mail' && m.subject === t('declaration.mail.made.subject'));
    assert.match(mails.text, /declaration/);
    await demo.advance('91d');
    await enter(v, country, name, 'high');
    await step.heading(v, t('entry.duty.title'));
    await step.press(v, t('entry.not_only_italian'), { role: 'link' });
    if (how.scripts === false) {
      await answer(v, 'both');
      await told(v);
    }
    await v.close();
    judge.verdict();
  });
}
