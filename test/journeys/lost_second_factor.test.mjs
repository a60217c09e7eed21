// Bianca cannot use her app: with a recovery code she does without for a day; with her password alone
// she asks for a reset, stops it from the mail, asks again, and finishes it three days later.

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

/** prepare gives a person an account with an app and recovery codes; it gives code and codes. */
async function prepare(world, name) {
  const v = await visitor(browser, world);
  const t = words(v.lang);
  const person = await demo.person(name);
  await v.page.goto(`${demo.gateway}/login`);
  await step.chooseSPID(v);
  await step.signIn(v, demo, person);
  const code = await step.firstEntry(v, person);
  await step.heading(v, t('selfcare.data.title'));
  await v.page.goto(`${demo.gateway}/account/second-factor/app`);
  const key = (await v.page.locator('#key').textContent()).replaceAll(' ', '');
  await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill(await step.appCode(demo, { totp_secret: key }));
  await step.press(v, t('enrolment.confirm'));
  await step.heading(v, t('enrolment.recovery.title'));
  await step.press(v, t('enrolment.recovery.make'));
  await v.page.getByText(t('enrolment.recovery.once')).waitFor();
  const codes = await v.page.locator('#codes code').allInnerTexts();
  await v.close();
  return { person, code, codes };
}

/** link finds the newest link of a mail whose text has the words. */
async function link(person, subject, which) {
  const mail = await demo.message(person.email, (m) => m.channel === 'mail' && m.subject.includes(subject));
  return mail.text.match(/http\S+\/second-factor\/reset\?token=\S+/g).at(which);
}

for (const [name, world] of [
  ['Bianca', { lang: 'it', screen: desktop }], ['Amira', { lang: 'en', screen: phone, scripts: false }],
]) {
  story(`${name} does without her second factor for a day, and has it reset in three`, async () => {
    const { person, code, codes } = await prepare(world, name);
    const judge = new Judge();
    const v = await visitor(browser, world);
    const t = words(v.lang);
    await v.page.goto(`${demo.gateway}/login`);
    await step.press(v, t('doors.assistance.suspend'), { role: 'link' });
    await step.heading(v, t('suspension.title'));
    await judge.look(v, 'gateway: what a suspension is');
    await v.page.goto(`${demo.gateway}/login`);
    await step.local(v, code);
    await step.heading(v, t('challenge.title.totp'));
    await v.page.goto(`${demo.gateway}/account/second-factor/suspend`);
    await judge.look(v, 'gateway: prove it first');
    await step.press(v, t('suspension.prove.factor'));
    await step.press(v, t('challenge.other.recovery'), { role: 'link' });
    await v.page.getByLabel(t('challenge.label.recovery')).fill(codes[0]);
    await step.press(v, t('challenge.submit'));
    await step.heading(v, t('suspension.title'));
    await v.page.getByLabel(t('suspension.password'), { exact: true }).fill('sbagliata davvero');
    await step.press(v, t('suspension.submit', { hours: 24 }));
    await v.page.locator('.atrio-errors').waitFor();
    await judge.look(v, 'gateway: wrong password for a suspension');
    await v.page.getByLabel(t('suspension.password'), { exact: true }).fill(step.secret);
    await step.press(v, t('suspension.submit', { hours: 24 }));
    await v.page.getByText(t('suspension.notice.suspended')).waitFor();
    await judge.look(v, 'gateway: suspended');
    await step.press(v, t('suspension.resume'));
    await v.page.getByText(t('suspension.notice.resumed')).waitFor();

    // Somebody with the password alone begins a reset; the owner stops it without signing in.
    await v.page.goto(`${demo.gateway}/account/second-factor/reset`);
    await judge.look(v, 'gateway: reset');
    await v.page.getByLabel(t('suspension.password'), { exact: true }).fill(step.secret);
    await step.press(v, t('suspension.reset.submit'));
    await v.page.getByText(t('suspension.reset.stop')).waitFor();
    await judge.look(v, 'gateway: reset under way');
    const asked = t('suspension.mail.asked.subject', { service: '' });
    const owner = await visitor(browser, world);
    await owner.page.goto(await link(person, asked, 0));
    await step.heading(owner, t('suspension.stop.title'));
    await judge.look(owner, 'gateway: stop a reset');
    await step.press(owner, t('suspension.stop.submit'));
    await step.heading(owner, t('suspension.stopped.title'));
    await judge.look(owner, 'gateway: reset stopped');
    await owner.close();

    // Asked for again, nobody stops it; it is finished with the password and the link of the mail.
    await v.page.goto(`${demo.gateway}/account/second-factor/reset`);
    await v.page.getByLabel(t('suspension.password'), { exact: true }).fill(step.secret);
    await step.press(v, t('suspension.reset.submit'));
    await v.page.getByText(t('suspension.reset.stop')).waitFor();
    await v.close();
    await demo.advance('73h');
    const finish = await link(person, t('suspension.mail.ready.subject', { service: '' }), 0);
    const later = await visitor(browser, world);
    await later.page.goto(finish);
    await step.heading(later, t('suspension.finish.title'));
    await judge.look(later, 'gateway: finish a reset, not signed in');
    await later.page.goto(`${demo.gateway}/login`);
    await step.local(later, code);
    await step.heading(later, t('challenge.title.totp'));
    await later.page.goto(finish);
    await judge.look(later, 'gateway: finish a reset');
    await step.press(later, t('suspension.finish.submit'));
    await later.page.getByText(t('suspension.notice.reset')).waitFor();
    assert.equal(await later.page.getByText(t('enrolment.none')).count(), 1);
    judge.verdict();
    await later.close();
  });
}
