// Tullio has forgotten the password of his identity: from the login of a service to the mail, the code, his answer and a new
// password. Then he loses the telephone and begins to be identified again, for the same identity. Mina, whose request is not
// finished yet, gets hers back too, and later asks to withdraw the request without her answer. In Italian on a telephone and in
// English at a desk.

import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as enrol from './lib/enrol.mjs';
import { inEach, two } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const link = /http:\S+\/account\/recover\/link\?token=\S+/;
const chosen = 'Foglia-7-Sasso!';

/** asks asks for a new password and presses the link that comes, but not one of those that came before. */
async function asks(v, demo, tullio, seen, before = '', then = 'recover.code.title') {
  const t = words(v.lang);
  await step.heading(v, t('recover.title'));
  await seen('the question');
  await v.page.getByLabel('User ID').fill(tullio.login);
  await step.press(v, t('recover.submit'));
  await step.heading(v, t('recover.sent.title'));
  await seen('the mail is on its way');
  const mail = await demo.message(tullio.login, (m) => link.test(m.text) && m.text.match(link)[0] !== before);
  const address = mail.text.match(link)[0];
  await v.page.goto(address);
  await step.heading(v, t('recover.link.title'));
  await seen('the link');
  await step.press(v, t('recover.link.submit'));
  await step.heading(v, t(then));
  return address;
}

inEach((at, row) => {
  story('Tullio gets a forgotten password back, and without his telephone is identified again', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const tullio = await demo.person('Tullio');
    const seen = (name) => judge.look(v, `recovery: ${name}, ${v.lang}`);

    // From the page on which the password is typed.
    await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-1`);
    await step.chooseSPID(v);
    await step.press(v, t('idp.password.forgotten'), { role: 'link' });
    const address = await asks(v, demo, tullio, seen);
    await seen('before the code');
    await step.press(v, t('recover.code.send'));
    await v.page.getByText(t('recover.code.missing')).waitFor();
    await seen('the code');
    const sms = await demo.message(tullio.phone, (m) => /\b\d{6}\b/.test(m.text));
    await v.page.getByLabel(t('recover.code'), { exact: true }).fill(sms.text.match(/\b\d{6}\b/)[0]);
    await step.press(v, t('recover.proceed'));
    await step.heading(v, t('recover.answer.title'));
    const answer = v.page.getByLabel(t('enrol.question.song'), { exact: true });
    await answer.fill('Fra Martino');
    await step.press(v, t('recover.proceed'));
    await v.page.locator('.atrio-invalid, [aria-invalid=true]').first().waitFor();
    await seen('a wrong answer');
    await answer.fill(tullio.answer.toUpperCase());
    await step.press(v, t('recover.proceed'));
    await step.heading(v, t('recover.password.title'));
    await seen('the new password');
    await v.page.locator('[name=password]').fill(chosen);
    await v.page.locator('[name=password_again]').fill(chosen);
    await step.press(v, t('recover.password.submit'));
    await step.heading(v, t('recover.done.title'));
    await seen('it is done');
    await demo.message(tullio.login, (m) => /\/account\/suspend/.test(m.text)); // told by mail, and by SMS
    await demo.message(tullio.phone, (m) => /\/account\/suspend/.test(m.text));

    // The new password opens, and the history says why.
    await step.press(v, t('recover.login'), { role: 'link' });
    await step.password(v, tullio, chosen);
    await step.heading(v, t('idp.account.title'));
    await v.page.getByText(t('idp.account.act.recover')).waitFor();

    // Without the telephone he is identified again: nobody revokes anything.
    await v.page.goto(`${demo.idp}/account/recover/lost`);
    await step.heading(v, t('recover.lost.title'));
    await seen('lost, before the link');
    await step.press(v, t('recover.lost.begin'), { role: 'link' });
    await asks(v, demo, tullio, async () => {}, address);
    await step.press(v, t('recover.lost.link'), { role: 'link' });
    await step.heading(v, t('recover.lost.title'));
    await seen('lost, after the link');
    await v.page.locator('#method-point').check();
    await v.page.getByLabel('Centri di prova', { exact: true }).check();
    await step.press(v, t('recover.lost.submit'));
    await step.heading(v, t('enrol.security.title'));
    await seen('another question and telephone');
    await demo.message(tullio.phone, (m) => /\/account\/stop\/link/.test(m.text)); // who was reached there can stop it
    await v.close();
    judge.verdict();
  });

  story('Mina, whose request is not finished, gets her password back and then asks to withdraw the request', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const mina = { email: 'mina.prova@example.org', login: 'mina.prova@example.org', phone: '+393330000099' };
    const first = await visitor(browser, row);
    await enrol.applies(first, demo, mina);
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const seen = (name) => judge.look(v, `recovery of an applicant: ${name}, ${v.lang}`);

    await v.page.goto(`${demo.idp}/account/recover`);
    const address = await asks(v, demo, mina, async () => {});
    await step.press(v, t('recover.code.send'));
    await v.page.getByText(t('recover.code.missing')).waitFor();
    await v.page.getByLabel(t('recover.code'), { exact: true }).fill(await step.smsCode(demo, mina));
    await step.press(v, t('recover.proceed'));
    await step.heading(v, t('recover.answer.title'));
    await v.page.locator('#answer').fill('una risposta di prova');
    await step.press(v, t('recover.proceed'));
    await step.heading(v, t('recover.password.title'));
    await v.page.locator('[name=password]').fill(chosen);
    await v.page.locator('[name=password_again]').fill(chosen);
    await step.press(v, t('recover.password.submit'));
    await v.page.getByText(t('recover.done.request')).waitFor();
    await seen('it is done');
    await first.page.goto(`${demo.idp}/enrol/request`);
    await step.heading(first, t('idp.password.title')); // that session has ended
    await step.press(v, t('recover.login'), { role: 'link' });
    await step.password(v, mina, chosen);
    await step.heading(v, t('enrolment.person.title')); // the request is where it was

    // Without telephone and answer the request ends after a wait, of which the telephone is told.
    const lost = await visitor(browser, row);
    await lost.page.goto(`${demo.idp}/account/recover`);
    await asks(lost, demo, mina, async () => {}, address);
    await step.press(lost, t('recover.lost.link'), { role: 'link' });
    await step.heading(lost, t('recover.lost.title'));
    await judge.look(lost, `recovery of an applicant: lost, ${v.lang}`);
    await lost.page.locator('#sure').check();
    await step.press(lost, t('recover.leave.later'));
    await step.heading(lost, t('recover.lost.title'));
    await judge.look(lost, `recovery of an applicant: it waits, ${v.lang}`);
    const told = await demo.message(mina.phone, (m) => /\/account\/recover\/stop/.test(m.text));
    await v.page.goto(told.text.match(/http\S+\/account\/recover\/stop\?\S+/)[0]);
    await step.heading(v, t('recover.stop.leave.title'));
    await seen('stop the withdrawal');
    await step.press(v, t('recover.stop.leave.submit'));
    await step.heading(v, t('recover.stopped.leave.title'));
    await seen('stopped');
    for (const one of [first, v, lost]) await one.close();
    judge.verdict();
  });
}, two);
