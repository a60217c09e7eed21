// Bianca studies at the university and has SPID with an app. She has never been here before.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { open, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const t = words('it');
let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

story('Bianca reaches the portal with SPID, follows a course, leaves, and comes back without a first entry', async () => {
  const bianca = await demo.person('Bianca');
  const v = await visitor(browser);

  const code = await step.arriveForTheFirstTime(v, demo, bianca);
  const mail = await demo.message(bianca.email, (m) => m.channel === 'mail' && m.text.includes(code));
  assert.match(mail.subject, /\S/, 'the mail with the Codice Persona has a subject');

  const session = await step.session(v, demo);
  assert.equal(session.status, 200);
  assert.equal(session.codice_persona, code);
  assert.equal(session.name, bianca.name);

  // A course, and away from it again.
  await step.press(v, t('course.home.all'), { role: 'link' });
  await v.page.getByRole('link', { name: 'Statica per tutti' }).click();
  await step.heading(v, 'Statica per tutti');
  await step.press(v, 'Iscriviti');
  await v.page.getByText(t('course.notice.enrolled')).waitFor();
  await v.page.getByRole('navigation').getByRole('link', { name: 'Dashboard' }).click();
  await step.dashboard(v);
  await v.page.getByRole('link', { name: 'Statica per tutti' }).click();
  await step.press(v, t('course.unenrol'), { role: 'link' });
  await step.heading(v, t('course.unenrol.title'));
  await step.press(v, t('course.unenrol.confirm'));
  await v.page.getByText(t('course.notice.unenrolled')).waitFor();

  // Her account at the gateway knows what the provider said.
  await v.page.goto(`${demo.gateway}/account`);
  await step.heading(v, t('selfcare.data.title'));
  assert.equal((await v.page.locator('#codice-persona').innerText()).trim(), code);

  // Leaving the portal ends the session of the gateway too.
  await v.page.goto(`${demo.portal}/dashboard`);
  await v.page.getByRole('banner').getByRole('button', { name: t('ui.logout') }).click();
  await v.page.getByText(t('login.signed_out')).waitFor();
  assert.equal((await step.session(v, demo)).status, 401);
  await v.page.goto(`${demo.portal}/dashboard`);
  await step.heading(v, t('login.title'));

  // The second time she is known: straight to the dashboard, the page she wanted.
  await step.press(v, t('login.university.own'), { role: 'link' });
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.dashboard(v);
  assert.equal((await step.session(v, demo)).codice_persona, code);
  await v.close();
});
