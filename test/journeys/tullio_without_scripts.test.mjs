// Tullio is 79, his telephone has no apps, his old browser runs no scripts, and today he reads English.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const t = words('en');
let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

story('Tullio reaches the portal on a telephone without scripts, in English, with codes by SMS', async () => {
  const tullio = await demo.person('Tullio');
  const v = await visitor(browser, { lang: 'en', scripts: false, screen: phone });

  // He finds the course first; the wish to follow it survives login and first entry.
  await v.page.goto(demo.portal);
  await step.press(v, t('course.home.all'), { role: 'link' });
  await v.page.getByRole('link', { name: 'Digital citizenship' }).click();
  await step.press(v, t('course.enrol'));
  await step.heading(v, t('login.title'));
  await step.press(v, t('login.university.own'), { role: 'link' });
  await step.chooseSPID(v);
  await step.signIn(v, demo, tullio, step.bySMS);
  const code = await step.firstEntry(v, tullio);
  await step.profile(v);
  await step.terms(v);
  await step.heading(v, 'Digital citizenship');
  await step.press(v, t('course.enrol'));
  await v.page.getByText(t('course.notice.enrolled')).waitFor();

  const mail = await demo.message(tullio.email, (m) => m.channel === 'mail' && m.text.includes(code));
  assert.match(mail.text, /[Yy]ou/, 'the mail is in the language of the pages');
  assert.equal((await step.session(v, demo)).codice_persona, code);

  await v.page.getByRole('banner').getByRole('button', { name: t('ui.logout') }).click();
  await v.page.getByText(t('login.signed_out')).waitFor();
  assert.equal((await step.session(v, demo)).status, 401);

  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.signIn(v, demo, tullio, step.bySMS);
  await step.dashboard(v);
  await v.page.getByRole('link', { name: 'Digital citizenship' }).waitFor();
  await v.close();
});
