// Somebody registers with a codice fiscale before its owner comes by SPID: a thief who
// waits for her, and an honest person who had no SPID yet. // G3.8

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as factor from './lib/factor.mjs';
import { register, told } from './lib/register.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const thiefs = 'cinque gufi dentro un bosco';

/** registers goes through all four steps and gives the new Codice Persona. */
const registers = (v, who, secret) => register(v, demo, who, secret);

/** enters signs somebody in by Codice Persona and password. */
async function enters(v, person, secret) {
  await v.page.goto(`${demo.gateway}/login`);
  await step.local(v, person, secret);
}

const asBianca = { surname: 'Esempio', name: 'Bianca', sex: 'F', born: ['12', '3', '1999'], province: 'MI', town: 'Milano', code: 'SMPBNC99C52F205O' };
const asTullio = { surname: 'Modello', name: 'Tullio', sex: 'M', born: ['2', '11', '1947'], province: 'TO', town: 'Torino', code: 'MDLTLL47S02L219A' };

story('a thief registers with the codice fiscale of Bianca and waits: when she comes by SPID the thief has nothing left', async () => {
  const judge = new Judge();
  const t = words('it');
  const bianca = await demo.person('Bianca');
  const mailbox = 'prima.di.bianca@example.org';
  const thief = await visitor(browser, { screen: phone });
  const taken = await registers(thief, { ...asBianca, email: mailbox }, thiefs);
  await enters(thief, taken, thiefs);
  await step.heading(thief, t('selfcare.data.title'));
  await demo.advance('40d');
  await enters(thief, taken, thiefs); // the session of that day ran out
  await step.heading(thief, t('entry.enrol-account.title'));
  await step.press(thief, t('entry.way.enrol'), { role: 'link' });
  await factor.app(thief, demo); // a second factor does not make the account the thief's

  const v = await visitor(browser);
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, t('relink.known.title'));
  await judge.both(v, 'gateway: an account declares the codice fiscale');
  const shown = await v.page.getByRole('main').innerText();
  for (const secret of [taken, mailbox]) assert.ok(!shown.includes(secret), `the question tells ${secret}`);
  assert.equal((await step.session(thief, demo)).codice_persona, taken, 'the question alone changes nothing');
  await step.press(v, t('relink.known.declared.new'));
  const own = await step.firstEntry(v, bianca);
  await step.profile(v);
  await step.terms(v);
  await step.dashboard(v);
  assert.notEqual(own, taken);
  assert.equal((await step.session(v, demo)).codice_persona, own);

  assert.equal((await step.session(thief, demo)).status, 401, 'the session of the thief is dead');
  await thief.page.goto(`${demo.gateway}/account`);
  await step.heading(thief, t('doors.choice.title'));
  await step.local(thief, taken, thiefs);
  await told(thief, t('doors.credentials.wrong.title'));
  assert.equal((await step.session(thief, demo)).status, 401, 'the password of the thief is dead');

  const warned = await demo.message(mailbox, (m) => m.subject === t('relink.mail.displaced.subject'));
  assert.ok(warned.text.includes(taken) && !warned.text.includes(bianca.email) && !warned.text.includes(own), 'the mail tells nothing about Bianca');
  const informed = await demo.message(bianca.email, (m) => m.subject === t('relink.mail.displacing.subject'));
  assert.ok(informed.text.includes(own) && !informed.text.includes(mailbox) && !informed.text.includes(taken), 'the mail tells nothing about the thief');

  // Whoever registers with her codice fiscale now keeps her from nothing.
  await registers(thief, { ...asBianca, email: 'dopo.bianca@example.org' }, thiefs);
  await demo.advance('13h');
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.dashboard(v);
  assert.equal((await step.session(v, demo)).codice_persona, own);
  await thief.close();
  await v.close();
  judge.verdict();
});

story('Tullio registered himself before he had SPID: he proves both, and one account is his, in English on a telephone without scripts', async () => {
  const judge = new Judge();
  const t = words('en');
  const tullio = await demo.person('Tullio');
  const home = await visitor(browser, { lang: 'en', screen: desktop });
  const person = await registers(home, { ...asTullio, email: 'tullio.casa@example.org' }, step.secret);
  await enters(home, person, step.secret);
  await step.heading(home, t('selfcare.data.title'));
  const stranger = await visitor(browser);
  const other = await registers(stranger, { ...asTullio, email: 'non.tullio@example.org' }, thiefs);

  const v = await visitor(browser, { lang: 'en', screen: phone, scripts: false });
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.signIn(v, demo, tullio, step.bySMS);
  await step.heading(v, t('relink.known.title'));
  await step.press(v, t('relink.known.declared.mine'));
  await step.heading(v, t('doors.choice.title'));
  await step.local(v, person, 'non è questa password');
  await told(v, t('doors.credentials.wrong.title'));
  await step.local(v, person, step.secret);
  await step.heading(v, t('relink.link.title'));
  await judge.both(v, 'gateway: link SPID to the account that declares the codice fiscale');
  await step.press(v, t('relink.link.yes'));
  await step.profile(v);
  await step.terms(v);
  await step.dashboard(v);
  const session = await step.session(v, demo);
  assert.deepEqual([session.codice_persona, session.method], [person, 'spid'], 'the login by SPID went on');
  assert.equal((await step.session(home, demo)).status, 401, 'other browsers are signed out');
  for (const address of ['tullio.casa@example.org', tullio.email]) {
    await demo.message(address, (m) => [t('relink.mail.subject'), words('it')('relink.mail.subject')].includes(m.subject));
  }
  await enters(home, person, step.secret);
  await step.heading(home, t('entry.enrol-account.title'));
  await enters(stranger, other, thiefs);
  await told(stranger, words('it')('doors.credentials.wrong.title'));
  await Promise.all([home.close(), stranger.close(), v.close()]);
  judge.verdict();
});
