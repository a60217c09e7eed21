// The door of Codice Persona and password: who has nothing else, who came with SPID first, and
// who mistypes. What a password alone does not open leads to the other doors.

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

/** told waits for a sentence in the main part of the page. */
const told = (v, text) => v.page.getByRole('main').getByText(text).first().waitFor();

for (const [lang, scripts, screen, name] of [['it', true, desktop, 'Nadia'], ['en', false, phone, 'Remo']]) {
  story(`${name}, who has no SPID, enters with Codice Persona and password: ${lang}, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const judge = new Judge();
    const nadia = await demo.person(name);
    const v = await visitor(browser, { lang, scripts, screen });
    const t = words(lang);
    await v.page.goto(`${demo.gateway}/login`);
    await step.local(v, nadia.login, 'non è questa password');
    await told(v, t('doors.credentials.wrong.title'));
    assert.equal(await v.page.getByLabel(t('doors.credentials.code'), { exact: true }).inputValue(), nadia.login, 'what was typed stays');
    await judge.look(v, `gateway: wrong password, ${lang}`);
    await step.local(v, '202400014', nadia.password);
    await v.page.locator('.atrio-errors').waitFor();
    await judge.look(v, `gateway: a Codice Persona that is none, ${lang}`);
    await step.local(v, nadia.login, nadia.password);
    await step.heading(v, t('selfcare.data.title'));
    const session = await step.session(v, demo);
    assert.deepEqual([session.codice_persona, session.method, session.acr, session.amr], [nadia.login, 'local', 'https://refeds.org/profile/sfa', ['pwd']]);

    // The first access opens the account. A new password is none of the last.
    await v.page.goto(`${demo.gateway}/account/password`);
    await step.heading(v, t('credential.change.title'));
    await judge.both(v, 'gateway: change the password');
    const change = async (current, wanted) => {
      await v.page.getByLabel(t('credential.current'), { exact: true }).fill(current);
      await v.page.getByLabel(t('credential.password.new'), { exact: true }).fill(wanted);
      await v.page.getByLabel(t('credential.again'), { exact: true }).fill(wanted);
      await step.press(v, t('credential.change.submit'));
    };
    await change(nadia.password, 'corta');
    await told(v, t('error.password.short', { least: 15 }));
    await judge.look(v, `gateway: change the password, too short, ${lang}`);
    await change(nadia.password, nadia.password);
    await told(v, t('error.password.former'));
    await v.close();
    judge.verdict();
  });
}

story('Otto enters his account with the password alone, and a service tells him what else it wants', async () => {
  const judge = new Judge();
  const t = words('it');
  const otto = await demo.person('Otto');
  const v = await visitor(browser);
  await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);
  await step.heading(v, t('doors.choice.title'));
  await step.local(v, otto.login, otto.password);
  await step.heading(v, t('entry.citizenship.title'));
  await judge.look(v, 'gateway: the citizenship is asked');
  await v.page.getByLabel(t('entry.citizenship.both')).check();
  await step.press(v, t('entry.citizenship.go'));
  await step.heading(v, t('entry.enrol.title'));
  await judge.look(v, 'gateway: the password alone is not enough');
  assert.deepEqual((await step.session(v, demo)).amr, ['pwd']);
  await step.press(v, t('entry.back'), { role: 'link' });
  await step.heading(v, t('doors.choice.title'));
  await v.page.goto(`${demo.gateway}/account`);
  await step.heading(v, t('selfcare.data.title'));

  // From the second access his account wants a second factor too. // G4.1
  const again = await visitor(browser, { screen: phone });
  await again.page.goto(`${demo.gateway}/login`);
  await step.local(again, otto.login, otto.password);
  await step.heading(again, t('entry.enrol-account.title'));
  await judge.both(again, 'gateway: the second access');
  await again.page.goto(`${demo.gateway}/account/history`);
  await step.heading(again, t('entry.enrol-account.title'));
  await step.press(again, t('entry.way.enrol'), { role: 'link' });
  await step.heading(again, t('enrolment.title'));
  await again.close();
  await v.close();
  judge.verdict();
});

story('Bianca, who came with SPID, enters with the password that she chose, forgets it, and chooses another', async () => {
  const t = words('it');
  const bianca = await demo.person('Bianca');
  const v = await visitor(browser);
  const code = await step.arriveForTheFirstTime(v, demo, bianca);
  const mail = await demo.message(bianca.email, (m) => m.subject === t('credential.mail.set.subject'));
  assert.ok(!mail.text.includes(step.secret), 'a password is never mailed');

  const elsewhere = await visitor(browser, { lang: 'en', screen: phone });
  await elsewhere.page.goto(`${demo.gateway}/login`);
  await step.local(elsewhere, code);
  await step.heading(elsewhere, words('en')('selfcare.data.title'));

  // She does not remember it: entering with SPID again stands for it.
  await v.page.goto(`${demo.gateway}/login`);
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, t('selfcare.data.title'));
  await v.page.goto(`${demo.gateway}/account/password`);
  const another = 'cinque gufi dentro un bosco';
  await v.page.getByLabel(t('credential.password.new'), { exact: true }).fill(another);
  await v.page.getByLabel(t('credential.again'), { exact: true }).fill(another);
  await step.press(v, t('credential.change.submit'));
  await v.page.getByText(t('credential.notice.changed')).waitFor();
  assert.equal((await step.session(elsewhere, demo)).status, 401, 'other browsers are signed out');
  assert.equal((await step.session(v, demo)).status, 200);
  await elsewhere.page.goto(`${demo.gateway}/login`);
  await step.local(elsewhere, code);
  await told(elsewhere, words('en')('doors.credentials.wrong.title'));
  await step.local(elsewhere, code, another);
  await step.heading(elsewhere, words('en')('entry.enrol-account.title'));
  await elsewhere.close();
  await v.close();
});

story('somebody who guesses is delayed, and Nadia enters meanwhile with the browser that she uses', async () => {
  const t = words('it');
  const judge = new Judge();
  const nadia = await demo.person('Nadia');
  const own = await visitor(browser);
  await own.page.goto(`${demo.gateway}/login`);
  await step.local(own, nadia.login, nadia.password);
  await step.heading(own, t('entry.enrol-account.title'));
  await own.page.goto(`${demo.gateway}/logout`);
  await step.press(own, t('sso.logout.go'));

  const guesser = await visitor(browser);
  await guesser.page.goto(`${demo.gateway}/login`);
  const waiting = guesser.page.getByText(t('doors.credentials.wait.text'));
  for (let n = 0; n < 12 && await waiting.count() === 0; n++) {
    await step.local(guesser, nadia.login, `indovino la numero ${n}`);
    await guesser.page.getByRole('alert').waitFor();
  }
  await waiting.waitFor();
  await judge.look(guesser, 'gateway: too many wrong passwords');
  await guesser.close();

  await step.heading(own, t('doors.choice.title'));
  await step.local(own, nadia.login, nadia.password);
  await step.heading(own, t('entry.enrol-account.title'));
  await own.close();
  judge.verdict();
});
