// People without a digital identity register: a foreign student on her telephone, somebody
// born where a municipality is no more, somebody who stops and goes on elsewhere.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge, language } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import { begin, code, consents, field, identity, residence, setPassword, told } from './lib/register.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const amal = {
  surname: 'Prueba', name: 'Amal', sex: 'F', born: ['3', '7', '2005'], state: { it: 'India', en: 'India' }, citizenship: { it: 'India', en: 'India' },
};

for (const [lang, scripts, screen] of [['en', true, phone], ['it', false, desktop]]) {
  story(`Amal, a student from abroad, registers, gets her Codice Persona and enters: ${lang}, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const judge = new Judge();
    const v = await visitor(browser, { lang, scripts, screen });
    const t = words(lang);
    const email = `amal.${lang}@example.org`;
    await begin(v, demo);
    await judge.look(v, `gateway: register, identity, ${lang}`);

    // Nothing filled in: everything that is missing is listed, and led to.
    await step.press(v, t('wizard.next'));
    await v.page.locator('.atrio-errors').waitFor();
    await judge.look(v, `gateway: register, identity with mistakes, ${lang}`);
    await identity(v, { ...amal, state: amal.state[lang], citizenship: amal.citizenship[lang], email });
    await step.heading(v, t('registration.code.title'));
    await judge.look(v, `gateway: register, code, ${lang}`);
    const mail = await code(v, demo, email);
    assert.match(mail.text, lang === 'it' ? /codice di conferma/ : /confirmation code/, 'the mail is in the language of the pages');
    await step.heading(v, t('wizard.residence.title'));
    await judge.look(v, `gateway: register, residence, ${lang}`);
    await residence(v, { state: t('wizard.italy').charAt(0) + t('wizard.italy').slice(1).toLowerCase(), province: 'MI', town: 'Milano', street: 'Via di Prova 1', postal: '20100', chosen: 'Ami' });
    await judge.look(v, `gateway: register, consents, ${lang}`);
    await consents(v);
    await step.heading(v, t('wizard.review.title'));
    await told(v, t('wizard.review.owes'));
    await judge.look(v, `gateway: register, review, ${lang}`);

    // What is wrong is changed, and the way leads back here.
    await v.page.getByRole('link', { name: `${t('wizard.review.change')} ${t('wizard.residence.title')}` }).click();
    await field(v, 'wizard.residence.street').fill('Via Nuova 2');
    await step.press(v, t('wizard.next'));
    await step.heading(v, t('wizard.review.title'));
    await told(v, 'Via Nuova 2');
    await setPassword(v, 'corta');
    await told(v, t('error.password.short', { least: 15 }));
    await setPassword(v);
    await step.heading(v, t('wizard.done.title'));
    await told(v, t('wizard.done.almost'));
    await judge.look(v, `gateway: register, done, ${lang}`);
    const person = (await v.page.locator('#codice-persona').innerText()).trim();
    assert.match(person, /^\d{9}$/);
    const welcome = await demo.message(email, (m) => m.text.includes(person));
    assert.match(welcome.text, /Ami/, 'the mail calls her as she wants');
    await v.page.reload();
    await told(v, person);

    await step.press(v, t('wizard.done.enter'), { role: 'link' });
    await step.heading(v, t('doors.choice.title'));
    await step.local(v, person);
    await step.heading(v, t('selfcare.data.title'));
    assert.equal((await step.session(v, demo)).codice_persona, person);
    await v.close();
    judge.verdict();
  });
}

story('Prova, born in Bellagio in 1983, finds the municipality of then, and a code that differs names the field', async () => {
  const judge = new Judge();
  const v = await visitor(browser);
  const t = words('it');
  await begin(v, demo);
  await v.page.locator('#birth_day').fill('10');
  await v.page.locator('#birth_month').fill('5');
  await v.page.locator('#birth_year').fill('1983');
  await field(v, 'wizard.birth_town').pressSequentially('bellag');
  await v.page.locator('#birth-town-list option[value^="Bellagio (CO)"]').first().waitFor({ state: 'attached' });
  const prova = {
    surname: 'Finti', name: 'Prova', sex: 'F', born: ['10', '5', '1983'], state: 'ITALIA', province: 'CO', town: 'bellag', citizenship: 'Italia',
    code: 'FNTPRV83E10A744R', email: 'prova.finti@example.org',
  };
  await identity(v, prova);
  await told(v, t('wizard.town.unknown', { town: 'bellag' }));
  await judge.look(v, 'gateway: register, list of municipalities');
  await v.page.getByLabel(t('wizard.town.list')).selectOption({ label: 'Bellagio (soppresso il 03/feb/2014)' });
  await step.press(v, t('wizard.next'));
  await told(v, t('wizard.fiscal.differs.sex'));
  await judge.look(v, 'gateway: register, a codice fiscale that differs');
  await v.page.locator('input[name=sex][value=M]').check();
  await step.press(v, t('wizard.next'));
  await code(v, demo, prova.email);
  await step.heading(v, t('wizard.residence.title'));
  await v.close();
  judge.verdict();
});

story('Nil stops at the desk and goes on on the telephone; the link of the mail does nothing by itself', async () => {
  const judge = new Judge();
  const t = words('it');
  const v = await visitor(browser);
  const email = 'nil.prueba@example.org';
  await begin(v, demo);
  await identity(v, { ...amal, name: 'Nil', state: 'India', citizenship: 'India', email });
  const mail = await code(v, demo, email);
  const link = mail.text.match(/http\S+\/register\/link\?token=\S+/)[0];
  await residence(v, { state: 'India', town: 'Pune', street: 'Prova Road 1', postal: '411001' });
  await step.heading(v, t('wizard.consents.title'));
  await v.close();

  const phoneOf = await visitor(browser, { screen: phone });
  await phoneOf.page.goto(link);
  await step.heading(phoneOf, t('wizard.link.continue.title'));
  await judge.both(phoneOf, 'gateway: register, link that continues');
  await step.press(phoneOf, t('wizard.link.continue.go'));
  await consents(phoneOf);
  await step.heading(phoneOf, t('wizard.review.title'));
  await step.press(phoneOf, t('wizard.leave'), { role: 'link' });
  await step.heading(phoneOf, t('wizard.leave.title'));
  await judge.both(phoneOf, 'gateway: register, leave?');
  await step.press(phoneOf, t('wizard.leave.yes'));
  await step.heading(phoneOf, t('doors.choice.title'));
  await phoneOf.page.goto(link);
  await step.heading(phoneOf, t('wizard.link.elsewhere.title'));
  await judge.both(phoneOf, 'gateway: register, link of another browser');
  await phoneOf.close();
  judge.verdict();
});

story('whoever has an account gets the same pages, and a mail that says so', async () => {
  const t = words('it');
  const nadia = await demo.person('Nadia');
  const v = await visitor(browser);
  await begin(v, demo);
  await identity(v, { ...amal, state: 'India', citizenship: 'India', email: nadia.email });
  await step.heading(v, t('registration.code.title'));
  const mail = await demo.message(nadia.email, (m) => /register/.test(m.text) || /registrar/.test(m.text));
  assert.doesNotMatch(mail.text, /\b\d{6}\b/, 'no code for who has an account');
  await step.press(v, t('wizard.mailbox'), { role: 'link' });
  await step.heading(v, t('wizard.mailbox'));
  const judge = new Judge();
  await judge.both(v, 'gateway: register, no mail');
  await language(v, 'it');
  await v.close();
  judge.verdict();
});
