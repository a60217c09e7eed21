// Bianca sets her second factors up, keeps recovery codes, loses her telephone, and is asked who she is
// before anything changes; at a desk with scripts, and in English on a telephone without.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
const known = new Set();
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** enter signs a person in at the gateway, and opens the page of the second factors. */
async function enter(v, name) {
  const t = words(v.lang);
  const person = await demo.person(name);
  await v.page.goto(`${demo.gateway}/login`);
  await step.chooseSPID(v);
  await step.password(v, person);
  await (person.totp_secret ? step.byApp : step.bySMS)(v, demo, person);
  await v.page.getByRole('button', { name: t('idp.consent.yes'), exact: true }).waitFor();
  await step.consent(v);
  if (!known.has(name)) await step.firstEntry(v, person);
  known.add(name);
  await step.heading(v, t('selfcare.data.title'));
  await v.page.getByRole('link', { name: t('selfcare.nav.factors'), exact: true }).click();
  await step.heading(v, t('enrolment.title'));
  return person;
}

/** app sets an app up and gives its key. */
async function app(v, judge) {
  const t = words(v.lang);
  await step.press(v, t('enrolment.app.activate'), { role: 'link' });
  await step.heading(v, t('enrolment.app.title'));
  await v.page.getByText(t('enrolment.app.manual'), { exact: true }).click();
  const key = (await v.page.locator('#key').innerText()).replaceAll(' ', '');
  await judge.look(v, 'gateway: set an app up');
  await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill('000000');
  await step.press(v, t('enrolment.confirm'));
  await v.page.locator('.atrio-errors').waitFor();
  await judge.look(v, 'gateway: wrong code of the app');
  await v.page.getByText(t('enrolment.app.manual'), { exact: true }).click();
  assert.equal((await v.page.locator('#key').innerText()).replaceAll(' ', ''), key, 'the key stays the same');
  await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill(await step.appCode(demo, { totp_secret: key }));
  await v.page.getByLabel(t('enrolment.app.label')).fill('blu');
  await step.press(v, t('enrolment.confirm'));
  await v.page.getByText(t('enrolment.notice.app')).waitFor();
  return key;
}

/** recovery makes recovery codes and gives them. */
async function recovery(v, judge) {
  const t = words(v.lang);
  await step.heading(v, t('enrolment.recovery.title'));
  await judge.look(v, 'gateway: recovery codes, before');
  await step.press(v, t('enrolment.recovery.make'));
  await v.page.getByText(t('enrolment.recovery.once')).waitFor();
  await judge.look(v, 'gateway: recovery codes');
  const codes = await v.page.locator('#codes code').allInnerTexts();
  assert.equal(codes.length, 10);
  await step.press(v, t('enrolment.recovery.kept'), { role: 'link' });
  await step.heading(v, t('enrolment.title'));
  return codes;
}

/** later lets the proof grow old, while the session goes on. */
async function later(v) {
  await demo.advance('10m');
  await v.page.goto(`${demo.gateway}/account`);
  await demo.advance('6m');
}

/** proveFor opens a page that wants a fresh proof, and chooses the second factor for it. */
async function proveFor(v, judge, path) {
  const t = words(v.lang);
  await later(v);
  await v.page.goto(`${demo.gateway}/account/second-factor${path}`);
  await step.heading(v, t('enrolment.confirm.title'));
  await judge.look(v, 'gateway: confirm who you are');
  await step.press(v, t('enrolment.confirm.factor'));
}

for (const [name, world] of [
  ['Bianca, at a desk', { lang: 'it', screen: desktop }],
  ['Amira, on a telephone without scripts', { lang: 'en', screen: phone, scripts: false }],
]) {
  story(`${name}, sets an app, recovery codes and a number up, and proves each`, async () => {
    const v = await visitor(browser, world);
    const t = words(v.lang);
    const judge = new Judge();
    await enter(v, name.split(',')[0]);
    await judge.look(v, 'gateway: no second factor');
    const key = await app(v, judge);
    const codes = await recovery(v, judge);
    await judge.look(v, 'gateway: second factors');

    // A number, in place of a telephone with apps.
    await step.press(v, t('enrolment.sms.activate'), { role: 'link' });
    await step.heading(v, t('enrolment.sms.title'));
    const number = v.lang === 'it' ? '333 555 0101' : '+39 333 555 0102';
    await v.page.getByLabel(t('enrolment.sms.number')).fill('12');
    await step.press(v, t('enrolment.sms.send'));
    await v.page.locator('.atrio-errors').waitFor();
    await judge.look(v, 'gateway: wrong number');
    await v.page.getByLabel(t('enrolment.sms.number')).fill(number);
    await step.press(v, t('enrolment.sms.send'));
    await step.heading(v, t('enrolment.sms.code.title'));
    await judge.look(v, 'gateway: confirm a number');
    const telephone = { phone: (number.startsWith('+') ? number : `+39${number}`).replaceAll(' ', '') };
    await v.page.getByLabel(t('enrolment.sms.code'), { exact: true }).fill(await step.smsCode(demo, telephone));
    await step.press(v, t('enrolment.confirm'));
    await v.page.getByText(t('enrolment.notice.sms')).waitFor();

    // Minutes later: the app says who is there.
    await proveFor(v, judge, '/recovery');
    await step.heading(v, t('challenge.title.totp'));
    await judge.look(v, 'gateway: code of the app');
    await v.page.getByLabel(t('challenge.label.totp')).fill(await step.appCode(demo, { totp_secret: key }));
    await step.press(v, t('challenge.submit'));
    await step.heading(v, t('enrolment.recovery.title'));
    assert.ok((await step.session(v, demo)).amr.includes('otp'));

    // A code by SMS does too.
    await proveFor(v, judge, '/recovery');
    await step.press(v, t('challenge.other.sms'), { role: 'link' });
    await step.heading(v, t('challenge.title.sms'));
    await judge.look(v, 'gateway: a code by SMS?');
    await step.press(v, t('challenge.sms.send'));
    await v.page.getByLabel(t('challenge.label.sms')).waitFor();
    await judge.look(v, 'gateway: code by SMS');
    await v.page.getByLabel(t('challenge.label.sms')).fill(await step.smsCode(demo, telephone));
    await step.press(v, t('challenge.submit'));
    await step.heading(v, t('enrolment.recovery.title'));

    // The telephone is lost: a recovery code stands for it, once, and the owner is told.
    await proveFor(v, judge, '/app');
    await step.press(v, t('challenge.other.recovery'), { role: 'link' });
    await step.heading(v, t('challenge.title.recovery'));
    await v.page.getByLabel(t('challenge.label.recovery')).fill('QQQQ-QQQQ-QQQQ');
    await step.press(v, t('challenge.submit'));
    await v.page.getByText(t('challenge.wrong.recovery', { left: 4 })).waitFor();
    await judge.look(v, 'gateway: wrong recovery code');
    await v.page.getByLabel(t('challenge.label.recovery')).fill(codes[0].toLowerCase());
    await step.press(v, t('challenge.submit'));
    await step.heading(v, t('enrolment.app.title'));
    const { email } = await demo.person(name.split(',')[0]);
    await demo.message(email, (m) => m.channel === 'mail' && m.subject.includes(t('challenge.mail.recovery.subject', { service: '' }).replace(/^: /, '')));

    // The lost telephone goes.
    await v.page.goto(`${demo.gateway}/account/second-factor`);
    await v.page.getByRole('link', { name: `${t('enrolment.remove')} blu` }).click();
    await step.heading(v, t('enrolment.remove.title'));
    await judge.look(v, 'gateway: remove a factor');
    await step.press(v, t('enrolment.remove'));
    await v.page.getByText(t('enrolment.notice.removed')).waitFor();
    assert.equal(await v.page.getByText('blu', { exact: true }).count(), 0);
    judge.verdict();
    await v.close();
  });
}
