// Nadia has forgotten Codice Persona and password. Her mailbox gives her both back, and opens nothing by itself.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const read = new Set(); // messages that were read

for (const [lang, scripts, screen, name] of [['it', true, desktop, 'Nadia'], ['en', false, phone, 'Otto']]) {
  story(`${name} gets Codice Persona and password back: ${lang}, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const judge = new Judge();
    const person = await demo.person(name);
    const t = words(lang);
    const signedIn = await visitor(browser);
    await signedIn.page.goto(`${demo.gateway}/login`);
    await step.local(signedIn, person.login, person.password);
    await step.heading(signedIn, words('it')('selfcare.data.title'));

    const v = await visitor(browser, { lang, scripts, screen });
    await v.page.goto(`${demo.gateway}/login`);
    await step.press(v, t('doors.assistance.recover'), { role: 'link' });
    await step.heading(v, t('recovery.ask.title'));
    await judge.both(v, 'gateway: recovery');
    await v.page.getByLabel(t('recovery.email'), { exact: true }).fill(person.email);
    await step.press(v, t('recovery.ask.submit'));
    await step.heading(v, t('recovery.sent.title'));
    await judge.look(v, `gateway: recovery, sent, ${lang}`);

    const mail = await demo.message(person.email, (m) => m.text.includes('/recover/password') && !read.has(m.text));
    read.add(mail.text);
    assert.ok(mail.text.includes(person.login), 'the mail tells the Codice Persona');
    const [link] = mail.text.match(/http\S+\/recover\/password\S+/);
    await v.page.goto(link);
    await step.heading(v, t('recovery.reset.title'));
    await judge.both(v, 'gateway: recovery, new password');
    const wanted = 'cinque gufi dentro un bosco';
    await v.page.getByLabel(t('credential.password.new'), { exact: true }).fill(wanted);
    await v.page.getByLabel(t('credential.again'), { exact: true }).fill('quattro gufi');
    await step.press(v, t('recovery.reset.submit'));
    await v.page.locator('.atrio-errors').waitFor();
    await judge.look(v, `gateway: recovery, not the same twice, ${lang}`);
    await v.page.getByLabel(t('credential.password.new'), { exact: true }).fill(wanted);
    await v.page.getByLabel(t('credential.again'), { exact: true }).fill(wanted);
    await step.press(v, t('recovery.reset.submit'));
    await v.page.getByText(t('recovery.notice.set')).waitFor();
    assert.equal((await step.session(v, demo)).status, 401, 'the mailbox alone opens nothing');
    assert.equal((await step.session(signedIn, demo)).status, 401, 'whoever was signed in is signed out');

    await v.page.goto(link);
    await v.page.getByText(t('error.recovery.link.help')).waitFor();
    await judge.look(v, `gateway: recovery, link used, ${lang}`);
    await v.page.goto(`${demo.gateway}/login`);
    await step.local(v, person.login, wanted);
    await step.heading(v, t('entry.enrol-account.title'));
    await v.close();
    await signedIn.close();
    judge.verdict();
  });
}

story('with a second factor the mailbox alone opens nothing, and the password may stay in the browser', async () => {
  const judge = new Judge();
  const t = words('it');
  const nadia = await demo.person('Nadia');
  const v = await visitor(browser);
  await v.page.goto(`${demo.gateway}/login`);
  await step.local(v, nadia.login, 'cinque gufi dentro un bosco');
  await step.heading(v, t('entry.enrol-account.title'));
  await v.page.goto(`${demo.gateway}/account/second-factor/app`);
  await v.page.getByText(t('enrolment.app.manual'), { exact: true }).click();
  const app = { totp_secret: (await v.page.locator('#key').innerText()).replaceAll(' ', '') };
  await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill(await step.appCode(demo, app));
  await step.press(v, t('enrolment.confirm'));
  await v.page.getByText(t('enrolment.notice.app')).waitFor();
  await v.close();

  // Somebody who reads her mail sets a password, and stands before the second factor.
  const reader = await visitor(browser);
  await reader.page.goto(`${demo.gateway}/recover`);
  await reader.page.getByLabel(t('recovery.email'), { exact: true }).fill(nadia.email);
  await step.press(reader, t('recovery.ask.submit'));
  await step.heading(reader, t('recovery.sent.title'));
  const mail = await demo.message(nadia.email, (m) => m.text.includes('/recover/password') && !read.has(m.text));
  const [link] = mail.text.match(/http\S+\/recover\/password\S+/);
  await reader.page.goto(link);
  const wanted = 'sette lumache sotto la pioggia';
  await reader.page.getByLabel(t('credential.password.new'), { exact: true }).fill(wanted);
  await reader.page.getByLabel(t('credential.again'), { exact: true }).fill(wanted);
  await step.press(reader, t('recovery.reset.submit'));
  await reader.page.getByText(t('recovery.notice.set')).waitFor();
  await step.local(reader, nadia.login, wanted);
  await step.heading(reader, t('challenge.title.totp'));
  await reader.page.goto(`${demo.gateway}/account`);
  await step.heading(reader, t('challenge.title.totp'));
  // No service opens either; no factor is set up or suspended with what the mailbox gave.
  await reader.page.goto(`${demo.portal}/login/start`);
  await step.heading(reader, t('challenge.title.totp'));
  await reader.page.goto(`${demo.gateway}/account/second-factor/sms`);
  await step.heading(reader, t('enrolment.confirm.title'));
  await reader.page.goto(`${demo.gateway}/account/second-factor/suspend`);
  await reader.page.getByText(t('suspension.prove'), { exact: true }).waitFor();
  assert.equal(await reader.page.getByLabel(t('suspension.password'), { exact: true }).count(), 0);
  assert.deepEqual((await step.session(reader, demo)).amr, ['pwd']);
  await reader.close();

  // Nadia herself has both, and wants her browser to keep the password.
  const own = await visitor(browser);
  const both = async () => {
    await step.heading(own, t('challenge.title.totp'));
    await own.page.getByLabel(t('challenge.label.totp')).fill(await step.appCode(demo, app));
    await step.press(own, t('challenge.submit'));
    await step.heading(own, t('selfcare.data.title'));
  };
  await own.page.goto(`${demo.gateway}/login`);
  await own.page.getByLabel(t('doors.credentials.stay')).check();
  await step.local(own, nadia.login, wanted);
  await both();
  await own.page.goto(`${demo.gateway}/account/sessions`);
  await own.page.getByText(t('selfcare.stays.title')).waitFor();
  await judge.both(own, 'gateway: where one stays');
  // The browser is closed and opened again: only what outlives it is left.
  const cookies = await own.context.cookies();
  await own.context.clearCookies();
  await own.context.addCookies(cookies.filter((c) => c.expires > 0));
  await own.page.goto(`${demo.gateway}/login`);
  await judge.both(own, 'gateway: login page of a browser that keeps a password');
  await step.press(own, t('doors.stay.go', { name: nadia.name }));
  await both();
  await own.page.goto(`${demo.gateway}/account/sessions`);
  await step.press(own, t('selfcare.stays.end'));
  await own.page.getByText(t('selfcare.notice.stay_ended')).waitFor();
  await own.close();
  judge.verdict();
});
