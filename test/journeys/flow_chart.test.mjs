// The boxes of the flow chart "Come accedo ai Servizi Online?", box by box, and the journey that proves each.
//
// | has Italian citizenship | has SPID or CIE | box | where |
// |---|---|---|---|
// | yes | yes | 1 "Entra con SPID/CIE", Codice Persona, a password of one's choice | bianca_reaches_the_portal, cie_and_eidas; begun here |
// | yes | yes | 2 "accedi tramite SPID/CIE" | here: Bianca comes back by CIE |
// | yes | yes | 3–4 "Attiva 2FA con SPID/CIE" | here: Bianca; afterwards her password alone leads back to SPID |
// | yes | no | 1 "Registrati", Codice Persona, password | registers, who_registers_first; begun here |
// | yes | no | 2 second access with the new credentials | here: Italo |
// | yes | no | 3 "Hai problemi con SPID o CIE?", "Dichiara e prosegui senza SPID/CIE" | here: Italo; all reasons and the end: who_may_enter_how |
// | yes | no | 4 the declaration, then "2FA tramite app", the service | here: Italo, by app and by SMS |
// | not only, or no | either | 1–2 as above, without the duty | here: Amal |
// | not only, or no | either | 3–4 "2FA tramite app", the service | here: Amal, by app and by SMS |
// | not only, or no | yes | 4 "2FA tramite SPID/CIE" | here: Amira, who first needs a second road |
// | any | any | "Disattiva 2FA", and the service that wants it | here: Bianca uses it all the same, Amal switches it on again; proofs and resets: lost_second_factor |
//
// The rows (lib/rows.mjs) walk through each box in Italian and English, on a telephone and at a desk, with and without
// scripts: every pair of them. So do app and SMS: where Bianca takes one, Amal takes the other, the other way round in
// the other language; Italo scans the QR code on the telephone, and screens at the desk.
//
// The screens of "Creazione account" are in screens.test.mjs.

import assert from 'node:assert/strict';
import { Judge } from './lib/axe.mjs';
import { phone, story, visitor } from './lib/browser.mjs';
import * as door from './lib/doors.mjs';
import * as factor from './lib/factor.mjs';
import { register } from './lib/register.mjs';
import { inEach } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const factors = (demo) => `${demo.gateway}/account/second-factor`;

/** service asks for an administrative service of level 2. */
const service = (v, demo) => v.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);

/** told waits for the page on which the service shows what it learned, and gives a claim. */
async function told(v) {
  await v.page.getByRole('heading', { name: words(v.lang)('demo.service.told') }).waitFor();
  return v.page.getByRole('main').innerText();
}

/** another day: the browser was closed, and nobody is signed in. */
const anotherDay = (v) => v.context.clearCookies();

const italo = { surname: 'Modello', name: 'Tullio', sex: 'M', born: ['2', '11', '1947'], province: 'TO', town: 'Torino', code: 'MDLTLL47S02L219A' };
const bianca = { surname: 'Esempio', name: 'Bianca', sex: 'F', born: ['12', '3', '1999'], province: 'MI', town: 'Milano', code: 'SMPBNC99C52F205O', other: 'India', phone: '+393335550148' };
const amal = { surname: 'Prueba', name: 'Amal', sex: 'F', born: ['3', '7', '2005'], state: 'India', citizenship: 'India', phone: '+393335550149' };

inEach((at, row) => {
  story('Italian, with SPID and CIE: Bianca takes SPID and CIE as her second factor', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const bianca = await demo.person('Bianca');
    await service(v, demo);
    await step.chooseSPID(v);
    await step.signIn(v, demo, bianca);
    const code = await step.firstEntry(v, bianca);
    await told(v);

    // The second access, by CIE: it is another road into the same account.
    await anotherDay(v);
    await service(v, demo);
    await door.chooseCIE(v);
    await door.byCIE(v, bianca.name, 2);
    await door.send(v);
    v.lang = row.lang;
    await told(v);
    await v.page.goto(factors(demo));
    await step.heading(v, t('enrolment.title'));
    await judge.look(v, 'gateway: choice of the second factor');
    await step.press(v, t('enrolment.federated.activate'), { role: 'link' });
    await step.heading(v, t('enrolment.federated.name'));
    await judge.look(v, 'gateway: 2FA SPID/CIE/eIDAS');
    await step.press(v, t('enrolment.federated.activate'));
    await v.page.getByText(t('enrolment.notice.federated')).waitFor();

    // Afterwards the password alone opens nothing; SPID does.
    await anotherDay(v);
    await service(v, demo);
    await step.local(v, code);
    await step.heading(v, t('entry.citizenship.title'));
    await v.page.getByLabel(t('entry.citizenship.both'), { exact: true }).check();
    await step.press(v, t('entry.citizenship.go'));
    await step.heading(v, t('entry.state-factor.title'));
    await judge.look(v, 'gateway: enter by the factor that was chosen');
    await v.page.goto(`${demo.gateway}/account`);
    await step.heading(v, t('entry.state-factor.title'));
    await step.press(v, t('entry.way.spid'), { role: 'link' });
    await v.page.getByRole('link', { name: 'Identità di Prova' }).click();
    await step.heading(v, t('idp.password.title'));
    await step.signIn(v, demo, bianca);
    await step.heading(v, t('selfcare.data.title'));
    await v.close();
    judge.verdict();
  });

  story('Not Italian, with SPID: Amira needs a second road before SPID is her second factor', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const amira = await demo.person('Amira');
    await service(v, demo);
    await step.chooseSPID(v);
    await step.signIn(v, demo, amira);
    await step.firstEntry(v, amira);
    await told(v);
    await v.page.goto(`${factors(demo)}/federated`);
    await v.page.getByText(t('enrolment.federated.one_road'), { exact: true }).waitFor();
    await judge.look(v, 'gateway: 2FA SPID/CIE/eIDAS, one road only');
    await step.press(v, t('enrolment.cancel'), { role: 'link' });
    await factor.app(v, demo);
    await step.press(v, t('enrolment.federated.activate'), { role: 'link' });
    await step.press(v, t('enrolment.federated.activate'));
    await v.page.getByText(t('enrolment.notice.federated')).waitFor();
    await v.close();
    judge.verdict();
  });

  const by = row.screen === phone ? 'app' : 'sms';
  story(`Italian, without SPID and CIE: registration, the duty, the declaration, ${by}, the service`, async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    // 1: he registers, and enters for the first time with nothing but the password.
    const code = await register(v, demo, { ...italo, email: `italo.${v.lang}@example.org` });
    await step.press(v, t('wizard.done.enter'), { role: 'link' });
    await step.local(v, code);
    await step.heading(v, t('selfcare.data.title'));
    await anotherDay(v);

    // 2–3: the second access, at a service.
    await service(v, demo);
    await step.local(v, code);
    await step.heading(v, t('entry.duty.title'));
    if (v.lang === 'it') {
      for (const words of ['In quanto cittadino italiano hai l’obbligo', 'Torna alla Login', 'Hai problemi con SPID o CIE?']) await v.page.getByText(words).first().waitFor();
    }
    await v.page.getByText(t('entry.trouble'), { exact: true }).press('Enter'); // by the keyboard
    await judge.look(v, 'gateway: the duty, opened');
    if (v.lang === 'it') await v.page.getByText('Dichiara e prosegui senza SPID/CIE', { exact: true }).waitFor();
    await step.press(v, t('entry.trouble.declare'), { role: 'link' });

    // 4: the declaration leads to the choice of the second factor, and that to the service.
    await step.heading(v, t('declaration.title'));
    await judge.look(v, 'gateway: the declaration');
    await v.page.getByLabel(t('declaration.reason.document'), { exact: true }).check();
    await v.page.getByLabel(t('declaration.sure'), { exact: true }).check();
    await step.press(v, t('declaration.make'));
    await step.heading(v, t('entry.enrol.title'));
    await judge.look(v, 'gateway: a second factor is missing');
    await step.press(v, t('entry.way.enrol'), { role: 'link' });
    await step.heading(v, t('enrolment.title'));
    await judge.look(v, 'gateway: choice of the second factor, on the way to a service');
    const own = by === 'app' ? await factor.app(v, demo) : await factor.sms(v, demo, '+393335550147');
    await judge.look(v, 'gateway: second factor set up, on to the service');
    await v.page.locator('main a.btn-primary').first().click();
    const shown = await told(v);
    assert.match(shown, /refeds\.org\/profile\/mfa/, 'the service is told of two factors');

    // Any later access: the password, the second factor, the service.
    await anotherDay(v);
    await service(v, demo);
    await step.local(v, code);
    await factor.prove(v, demo, own);
    await told(v);
    await v.close();
    judge.verdict();
  });

  for (const [by, who] of [[row.lang === 'it' ? 'app' : 'sms', bianca], [row.lang === 'it' ? 'sms' : 'app', amal]]) {
    story(`${who.other ? 'Italian and another' : 'Not Italian'}: registration, second access, ${by}, the service, no duty`, async () => {
      const { demo, browser } = at;
      const judge = new Judge();
      const v = await visitor(browser, row);
      const t = words(v.lang);
      const seen = (name) => judge.look(v, `gateway: ${name} at the second access`);
      const code = await register(v, demo, { ...who, email: `${who.name.toLowerCase()}@example.org` });
      await step.press(v, t('wizard.done.enter'), { role: 'link' });
      await step.local(v, code);
      await step.heading(v, t('selfcare.data.title'));
      await anotherDay(v);

      // The second access at the own account asks for the second factor.
      await v.page.goto(`${demo.gateway}/login`);
      await step.local(v, code);
      await step.heading(v, t('entry.enrol-account.title'));
      await judge.look(v, 'gateway: the second access');
      await step.press(v, t('entry.way.enrol'), { role: 'link' });
      await step.heading(v, t('enrolment.title'));
      const own = by === 'app' ? await factor.app(v, demo, factor.byHand, seen) : await factor.sms(v, demo, who.phone, seen);
      await service(v, demo);
      await told(v);

      // Suspended, it is told at the service; it may be used all the same, or switched on again on the way there.
      await anotherDay(v);
      await service(v, demo);
      await step.local(v, code);
      await factor.prove(v, demo, own);
      await told(v);
      await v.page.goto(`${factors(demo)}/suspend`);
      await v.page.getByLabel(t('suspension.password'), { exact: true }).fill(step.secret);
      await step.press(v, t('suspension.submit', { hours: 24 }));
      await v.page.getByText(t('suspension.notice.suspended')).waitFor();
      await anotherDay(v);
      await service(v, demo);
      await step.local(v, code);
      await step.heading(v, t('entry.suspended.title'));
      await judge.both(v, 'gateway: suspended, at a service that wants it');
      if (who === bianca) {
        await step.press(v, t('entry.way.factor'), { role: 'link' });
      } else {
        await step.press(v, t('entry.way.resume'), { role: 'link' });
        await step.heading(v, t('suspension.suspended'));
        await judge.look(v, 'gateway: suspended, and a service waits');
        await step.press(v, t('suspension.resume.onward'));
        await v.page.getByText(t('suspension.notice.resumed')).waitFor();
      }
      await factor.prove(v, demo, own);
      await told(v);
      await v.close();
      judge.verdict();
    });
  }
});
