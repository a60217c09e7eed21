// The pages that only a login shows, right and wrong turns, for Bianca who is here for the
// first time, for Carlo and Lea who cannot enter: in both languages, with scripts and without.

import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let browser;
before(async () => { browser = await open(); });
after(async () => { await browser?.close(); });

for (const scripts of [true, false]) {
  const how = { scripts, screen: scripts ? desktop : phone };
  story(`every page of a login can be used by everybody ${scripts ? 'at a desk' : 'on a telephone without scripts'}`, async () => {
    const demo = await start();
    try {
      const judge = new Judge();
      const bianca = await demo.person('Bianca');
      await firstLogin(judge, demo, bianca, await visitor(browser, { ...how, lang: 'it' }));
      await laterLogin(judge, demo, bianca, await visitor(browser, { ...how, lang: 'en' }));
      for (const [name, number] of [['Carlo', 23], ['Lea', 20]]) {
        for (const lang of ['it', 'en']) {
          await stopped(judge, demo, await demo.person(name), number, await visitor(browser, { ...how, lang }));
        }
      }
      await ownPage(judge, demo, await demo.person('Lea'), await visitor(browser, { ...how, lang: 'en' }));
      judge.verdict();
    } finally {
      await demo.stop();
    }
  });
}

/** empty sends the form of the page as it is, past the checks of the browser. */
async function empty(v, key) {
  await v.page.locator('main form').evaluateAll((forms) => forms.forEach((f) => { f.noValidate = true; }));
  await step.press(v, words(v.lang)(key));
  await v.page.locator('.atrio-errors').waitFor();
}

async function firstLogin(judge, demo, bianca, v) {
  const t = words(v.lang);
  await step.portalLogin(v, demo);
  await judge.both(v, 'gateway: login for a service');
  await step.chooseSPID(v);
  await judge.both(v, 'idp: password');
  await judge.provoked(v, 'idp: wrong password', async (w) => {
    await step.password(w, bianca, 'Giardino!2025');
    await w.page.getByRole('alert').waitFor();
  });
  await step.password(v, bianca);
  await step.heading(v, t('idp.code.title.totp'));
  await judge.both(v, 'idp: code of the app');
  await judge.provoked(v, 'idp: wrong code of the app', async (w) => {
    await w.page.getByLabel(words(w.lang)('idp.code.label.totp')).fill('000000');
    await step.press(w, words(w.lang)('idp.code.submit'));
    await w.page.getByRole('alert').waitFor();
  });
  await v.page.getByRole('link', { name: t('idp.code.other.totp') }).click();
  await step.heading(v, t('idp.code.title.sms'));
  await judge.both(v, 'idp: code by SMS');
  await v.page.getByRole('link', { name: t('idp.code.other.sms') }).click();
  await step.byApp(v, demo, bianca);
  await agree(judge, v);
  await firstEntry(judge, bianca, v);
  await firstTimeAtThePortal(judge, v);
  await course(judge, demo, v);
  await atTheGateway(judge, demo, v);
  await v.close();
}

/** agree judges the page of consent, and the page that carries the answer on. */
async function agree(judge, v) {
  const t = words(v.lang);
  await v.page.getByRole('button', { name: t('idp.consent.yes'), exact: true }).waitFor();
  await judge.both(v, 'idp: consent');
  await step.press(v, t('idp.consent.yes'));
  if (v.scripts) return;
  await v.page.getByRole('button', { name: t('web.autopost.go') }).waitFor();
  await judge.look(v, `idp: back to the service, ${v.lang}`);
  await step.forward(v);
}

async function firstEntry(judge, bianca, v) {
  const t = words(v.lang);
  await step.heading(v, t('registration.welcome.as', { name: bianca.name }));
  await judge.both(v, 'gateway: is it you?');
  await judge.provoked(v, 'gateway: is it you, notice not read', (w) => empty(w, 'registration.welcome.yes'));
  await v.page.getByLabel(t('registration.notice')).check();
  await step.press(v, t('registration.welcome.yes'));
  await step.heading(v, t('registration.done.title'));
  await judge.both(v, 'gateway: Codice Persona');
  await v.page.getByRole('main').locator('a.btn-primary').click();
  await step.heading(v, t('credential.choose.title'));
  await judge.both(v, 'gateway: choose a password');
  await judge.provoked(v, 'gateway: choose a password, nothing typed', (w) => empty(w, 'credential.choose.submit'));
  await step.press(v, t('credential.choose.later'));
}

async function firstTimeAtThePortal(judge, v) {
  const t = words(v.lang);
  await step.heading(v, t('profile.title.first'));
  await judge.both(v, 'portal: first profile');
  await judge.provoked(v, 'portal: first profile, empty', (w) => empty(w, 'profile.next'));
  await step.profile(v);
  await step.heading(v, t('profile.accept.title'));
  await judge.both(v, 'portal: privacy and terms');
  await judge.provoked(v, 'portal: privacy and terms, empty', (w) => empty(w, 'profile.accept.next'));
  await step.terms(v);
  await step.dashboard(v);
  await judge.both(v, 'portal: empty dashboard');
}

async function course(judge, demo, v) {
  const t = words(v.lang);
  await v.page.goto(`${demo.portal}/courses/statica-per-tutti`);
  await step.press(v, 'Iscriviti');
  await v.page.getByText(t('course.notice.enrolled')).waitFor();
  await judge.both(v, 'portal: course that is followed');
  await step.press(v, t('course.unenrol'), { role: 'link' });
  await step.heading(v, t('course.unenrol.title'));
  await judge.both(v, 'portal: leave the course?');
  for (const [name, path] of [['dashboard', '/dashboard'], ['home, signed in', '/'], ['catalogue, signed in', '/courses'], ['profile', '/profile']]) {
    await v.page.goto(demo.portal + path);
    await judge.both(v, `portal: ${name}`);
  }
}

async function atTheGateway(judge, demo, v) {
  for (const [name, path] of [
    ['account', '/account'], ['sessions', '/account/sessions'], ['history', '/account/history'],
    ['identities', '/account/identities'], ['close the account?', '/account/closing'], ['it was not me', '/account/history/disputed'],
    ['account', '/account'], ['sessions', '/account/sessions'], ['history', '/account/history'], ['password', '/account/password'],
    ['login, signed in', '/login'], ['leave?', '/logout'], ['a service asks to leave', '/oidc/logout?client_id=portale-corsi'],
  ]) {
    await v.page.goto(demo.gateway + path);
    await judge.both(v, `gateway: ${name}`);
  }
  await v.page.goto(`${demo.gateway}/account/history`);
  await v.page.locator('.atrio-history a').first().click();
  await step.heading(v, words(v.lang)('selfcare.dispute.title'));
  await judge.both(v, 'gateway: was it not me?');
  await told(judge, demo, v);
}

/** told judges what a service shows that was told about Bianca, and the end of the session. */
async function told(judge, demo, v) {
  const t = words(v.lang);
  await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);
  await v.page.getByRole('heading', { name: t('demo.service.told') }).waitFor();
  await judge.look(v, `desk: what the service was told, ${v.lang}`);
  await v.page.goto(`${demo.gateway}/oidc/logout`);
  await step.press(v, t('oidcop.logout.yes'));
  await step.heading(v, t('oidcop.left.title'));
  await judge.look(v, `gateway: left, ${v.lang}`);
}

async function laterLogin(judge, demo, bianca, v) {
  const t = words(v.lang);
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.password(v, bianca);
  await v.page.getByRole('link', { name: t('idp.code.other.totp') }).click();
  await step.press(v, t('idp.sms.send'));
  const field = v.page.getByLabel(t('idp.code.label.sms'));
  await field.waitFor();
  await judge.both(v, 'idp: code by SMS was sent');
  await field.fill('000000');
  await step.press(v, t('idp.code.submit'));
  await v.page.getByRole('alert').waitFor();
  await judge.look(v, `idp: wrong code of the SMS, ${v.lang}`);
  await field.fill(await step.smsCode(demo, bianca));
  await step.press(v, t('idp.code.submit'));
  await agree(judge, v);
  // She chose no password the first time: she is asked again.
  await step.heading(v, t('credential.choose.title'));
  await step.press(v, t('credential.choose.later'));
  await step.dashboard(v);
  await told(judge, demo, v);
  await v.close();
}

/** stopped judges the pages for somebody whom the provider cannot let in, there and at the gateway. */
async function stopped(judge, demo, person, number, v) {
  const t = words(v.lang);
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.password(v, person);
  await step.heading(v, t(`idp.stopped.${number}`));
  await judge.look(v, `idp: stopped with ${number}, ${v.lang}`);
  await step.press(v, t('idp.stopped.submit'));
  await v.page.getByText(t(`spid.anomaly.${number}.help`)).waitFor();
  await judge.look(v, `gateway: stopped with ${number}, ${v.lang}`);
  await v.close();
}

/** ownPage judges the provider's page about the person's own identity. */
async function ownPage(judge, demo, person, v) {
  const t = words(v.lang);
  await v.page.goto(`${demo.idp}/account`);
  await step.heading(v, t('idp.password.title'));
  await judge.both(v, 'idp: password for the own page');
  await step.password(v, person);
  await step.heading(v, t('idp.account.title'));
  await judge.both(v, 'idp: own page');
  await v.page.goto(demo.idp);
  await judge.both(v, 'idp: start, signed in');
  await v.close();
}
