// Amira broke her mouse. Tab, Enter, Space and the arrows have to do.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { open, story, visitor } from './lib/browser.mjs';
import { start, until } from './lib/demo.mjs';
import { isFocused, reach, type, use } from './lib/keyboard.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const t = words('it');
let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

story('Amira reaches the portal and follows a course with the keyboard alone', async () => {
  const amira = await demo.person('Amira');
  const v = await visitor(browser);
  const main = v.page.getByRole('main');
  const link = (name) => main.getByRole('link', { name, exact: true }).first();
  const button = (name) => main.getByRole('button', { name, exact: true }).first();

  // The first stop of every page leads past what is the same everywhere.
  await v.page.goto(`${demo.portal}/login`);
  await v.page.keyboard.press('Tab');
  const skip = v.page.getByRole('link', { name: t('ui.skip') });
  assert.ok(await isFocused(skip), 'the skip link is the first stop');
  const box = await skip.boundingBox();
  assert.ok(box.width > 40 && box.height > 10, 'the skip link shows itself');
  await v.page.keyboard.press('Enter');
  await until('the main part to have the focus', () => isFocused(main));

  await use(v, link(t('login.university.own')));
  await step.heading(v, t('doors.choice.title'));
  await use(v, main.locator('summary', { hasText: 'Entra con SPID' }));
  await use(v, link('Identità di Prova'));
  await step.heading(v, t('idp.password.title'));
  await type(v, v.page.getByLabel('User ID'), amira.login);
  await type(v, v.page.getByLabel('Password', { exact: true }), amira.password);
  await v.page.keyboard.press('Enter');
  await step.heading(v, t('idp.code.title.totp'));
  await type(v, v.page.getByLabel(t('idp.code.label.totp')), await step.appCode(demo, amira));
  await use(v, button('Conferma'));
  await use(v, button('Acconsento'));

  await step.heading(v, t('registration.welcome.as', { name: amira.name }));
  await use(v, v.page.getByLabel(t('registration.notice')), 'Space');
  await use(v, button(t('registration.welcome.yes')));
  await step.heading(v, t('registration.done.title'));
  await use(v, main.locator('a.btn-primary'));
  await step.heading(v, t('credential.choose.title'));
  await type(v, v.page.getByLabel(t('credential.password.new'), { exact: true }), step.secret);
  await type(v, v.page.getByLabel(t('credential.again'), { exact: true }), step.secret);
  await use(v, button(t('credential.choose.submit')));

  // Mistakes: the summary takes the focus, its links lead to the fields.
  await step.heading(v, t('profile.title.first'));
  await use(v, button(t('profile.next')));
  const summary = v.page.locator('.atrio-errors');
  await summary.waitFor();
  await until('the summary of mistakes to have the focus', () => isFocused(summary));
  await use(v, summary.getByRole('link').first());
  await reach(v, v.page.getByLabel(t('profile.gender.female')));
  await v.page.keyboard.press('Space');
  await use(v, v.page.getByLabel(t('profile.education')), 'ArrowDown');
  await use(v, v.page.getByLabel(t('profile.occupation')), 'ArrowDown');
  await use(v, button(t('profile.next')));
  await step.heading(v, t('profile.accept.title'));
  await use(v, v.page.getByLabel(t('profile.accept.read')), 'Space');
  await use(v, v.page.getByLabel(t('profile.accept.accept')), 'Space');
  await use(v, button(t('profile.accept.next')));
  await step.dashboard(v);

  await use(v, link(t('course.home.all')));
  await use(v, link('Statica per tutti'));
  await step.heading(v, 'Statica per tutti');
  await use(v, button('Iscriviti'));
  await v.page.getByText(t('course.notice.enrolled')).waitFor();
  await use(v, v.page.getByRole('banner').getByRole('button', { name: t('ui.logout') }));
  await v.page.getByText(t('login.signed_out')).waitFor();
  await v.close();
});
