// Every screen of "Come creare un account", from the portal to the courses, in the order in which a person sees them.
//
// | screen of the document | page | where |
// |---|---|---|
// | the portal's login, "Altri utenti" | portal /login?tab=others | here |
// | "Consulta le FAQ", "Contatta il supporto" | portal /help | here |
// | "Crea un account" | link of the portal's login | here |
// | login page with SPID, CIE, eIDAS, eduGAIN, the form, "Registrati", "Resta connesso", "Assistenza autenticazione" | gateway /login | here; its links: help_pages, forgotten_credentials, lost_second_factor |
// | wizard, passo 1/4 to 4/4 | gateway /register | here; mistakes, homonyms, going on elsewhere: registers |
// | Codice Persona, "Ci sei quasi!" | gateway /register/done | here |
// | login with the new credentials | gateway /login | here |
// | second access, the page about the duty, "Hai problemi con SPID/CIE?", the declaration | gateway /entry, /declaration | flow_chart, who_may_enter_how |
// | choice of the second factor, with "2FA SPID/CIE/eIDAS" and "2FA Polimi" | gateway /account/second-factor | here, flow_chart |
// | activation by app: QR code, manual, code | gateway /account/second-factor/app | QR code here (desk) and in flow_chart (telephone), manual in flow_chart; mistakes: second_factor |
// | activation by SMS | gateway /account/second-factor/sms | here (telephone), flow_chart; mistakes: second_factor |
// | "Hai terminato l'attivazione!": back to the portal | gateway, portal | here |
// | the profile, the two consents | portal /profile, /accept | here; refusals: every_page_of_a_login |
// | the dashboard, "Tutti i corsi" | portal /dashboard, /courses | here |
//
// The rows (lib/rows.mjs) show each screen in Italian and English, on a telephone and at a desk, with and without
// scripts: every pair of them, with flow_chart where it is named.

import assert from 'node:assert/strict';
import { Judge } from './lib/axe.mjs';
import { desktop, story, visitor } from './lib/browser.mjs';
import * as factor from './lib/factor.mjs';
import { register } from './lib/register.mjs';
import { inEach } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const amal = { surname: 'Prueba', name: 'Amal', sex: 'F', born: ['3', '7', '2005'], state: 'India', citizenship: 'India' };

inEach((at, row) => {
  const { lang } = row;
  const by = row.screen === desktop ? 'app' : 'sms';
  story('from the portal to an account, a second factor and the courses', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(lang);
    const seen = (name) => judge.look(v, `screens: ${name}, ${lang}`);
    const text = (italian) => (lang === 'it' ? v.page.getByText(italian).first().waitFor() : undefined);

    // The portal's login; "Crea un account" leads to the login page, which knows where she comes from.
    await v.page.goto(`${demo.portal}/login`);
    await step.heading(v, t('login.title'));
    await v.page.getByRole('link', { name: t('login.tab.others') }).click();
    await v.page.getByText(t('login.others.text')).waitFor();
    await text('Altri utenti');
    await seen('portal login, others');
    const login = v.page.url();
    for (const [key, address] of [['login.help.faq', /\/help$/], ['login.help.support', /\/help#contact$/]]) {
      await step.press(v, t(key), { role: 'link' });
      await step.heading(v, lang === 'it' ? 'Aiuto' : 'Help');
      assert.match(v.page.url(), address);
      await seen('portal help');
      await v.page.goto(login);
    }
    await step.press(v, t('login.help.register'), { role: 'link' });
    await step.heading(v, t('doors.choice.title'));
    for (const italian of [
      'Entra con SPID', 'Entra con CIE', 'Login with eIDAS', 'Entra con eduGAIN', 'Codice Persona', 'Accedi', 'Registrati', 'Resta connesso',
      'Assistenza autenticazione', 'È il tuo primo accesso?', 'Recupero credenziali', 'Disattiva 2FA', 'Informazioni, domande frequenti e assistenza',
    ]) await text(italian);
    await seen('login page');
    const code = await register(v, demo, { ...amal, email: `amal.${lang}@example.org` }, step.secret, seen, { here: true });
    await text('Ci sei quasi!');

    // The new credentials open the account at the first access, and the portal with a second factor.
    await step.press(v, t('wizard.done.enter'), { role: 'link' });
    await step.heading(v, t('doors.choice.title'));
    await step.local(v, code);
    await step.heading(v, t('entry.enrol.title'));
    await seen('a second factor is missing');
    await step.press(v, t('entry.way.enrol'), { role: 'link' });
    await step.heading(v, t('enrolment.title'));
    for (const italian of ['Autenticazione a due fattori', '2FA SPID/CIE/eIDAS', 'Attiva 2FA SPID/CIE/eIDAS', 'Attiva 2FA tramite app', 'OTP da SMS']) await text(italian);
    await seen('choice of the second factor');
    await (by === 'app' ? factor.app(v, demo, factor.byQR, seen) : factor.sms(v, demo, '+393335550149', seen));
    await v.page.locator('main a.btn-primary').first().click();

    // The portal: profile, consents, dashboard, courses.
    await step.heading(v, t('profile.title.first'));
    await seen('profile');
    await step.profile(v);
    await step.heading(v, t('profile.accept.title'));
    await seen('portal consents');
    await step.terms(v);
    await step.dashboard(v);
    await seen('dashboard');
    await v.page.getByRole('main').getByRole('link', { name: t('course.home.all') }).first().click();
    await step.heading(v, t('course.catalogue.title'));
    await seen('all courses');
    await v.close();
    judge.verdict();
  });
});
