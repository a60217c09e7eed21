// People mistype, change their minds, open two tabs, go back, go to lunch. Nothing is lost,
// every page says what happened and leads on.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { language } from './lib/axe.mjs';
import { open, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const t = words('it');
const course = { path: '/courses/statica-per-tutti', title: 'Statica per tutti' };
const other = { path: '/courses/cittadinanza-digitale', title: 'Cittadinanza digitale' };
const backTo = (c) => `?return=${encodeURIComponent(c.path)}`;

let demo, browser, bianca;
before(async () => {
  browser = await open();
  demo = await start();
  bianca = await demo.person('Bianca');
  const v = await visitor(browser);
  await step.arriveForTheFirstTime(v, demo, bianca);
  await v.close();
});
after(async () => { await browser?.close(); await demo?.stop(); });

/** told waits for a sentence in the main part of the page. */
const told = (v, text) => v.page.getByRole('main').getByText(text).first().waitFor();
/** link follows a way on that a page offers. */
const link = (v, name) => step.press(v, name, { role: 'link' });

story('Bianca mistypes password and code, cancels, tries again, and arrives where she wanted to', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await step.chooseSPID(v);
  await step.password(v, bianca, 'Giardino!2025');
  await told(v, t('idp.password.wrong', { left: 4 }));
  assert.equal(await v.page.getByLabel('User ID').inputValue(), bianca.login, 'what was typed stays');
  await step.password(v, bianca);
  await step.heading(v, t('idp.code.title.totp'));
  await v.page.getByLabel(t('idp.code.label.totp')).fill('000000');
  await step.press(v, t('idp.code.submit'));
  await told(v, t('idp.code.wrong.totp', { left: 3 }));
  await step.press(v, 'Annulla');
  await told(v, t('spid.anomaly.25.help')); // nr. 25
  await link(v, 'Riprova');
  await step.heading(v, t('idp.password.title'));
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title);
  await v.close();
});

story('Bianca does not consent, and enters another way with her destination kept', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await step.chooseSPID(v);
  await step.password(v, bianca);
  await step.byApp(v, demo, bianca);
  await step.consent(v, 'idp.consent.no');
  await told(v, t('spid.anomaly.22.help')); // nr. 22
  await link(v, t('gateway.action.other'));
  await told(v, t('doors.choice.from', { service: 'Corsi aperti' }));
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title);
  await v.close();
});

for (const { name, number, why } of [
  { name: 'Carlo', number: 23, why: 'whose identity is suspended' },
  { name: 'Lea', number: 20, why: 'who has a password only' },
]) {
  story(`${name}, ${why}, learns at both places what to do`, async () => {
    const person = await demo.person(name);
    const v = await visitor(browser);
    await step.portalLogin(v, demo);
    await step.chooseSPID(v);
    await step.password(v, person);
    await step.heading(v, t(`idp.stopped.${number}`));
    await step.press(v, t('idp.stopped.submit'));
    await told(v, t(`spid.anomaly.${number}.help`));
    await v.page.getByRole('link', { name: t('gateway.action.other') }).waitFor();
    assert.equal((await step.session(v, demo)).status, 401);
    await v.close();
  });
}

story('two tabs with two destinations do not mix', async () => {
  const v = await visitor(browser);
  const second = { ...v, page: await v.context.newPage() };
  await step.portalLogin(v, demo, backTo(course));
  await step.portalLogin(second, demo, backTo(other));
  await step.chooseSPID(v);
  await step.chooseSPID(second);
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title);
  await step.signIn(second, demo, bianca);
  await step.heading(second, other.title);
  await v.close();
});

story('going back after the login leads to pages that explain, and the session stays', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title);
  do {
    await v.page.goBack();
    await v.page.getByRole('heading', { level: 1 }).waitFor();
  } while (!v.page.url().startsWith(demo.portal));
  assert.equal((await step.session(v, demo)).status, 200);
  await v.page.goto(`${demo.portal}/dashboard`);
  await step.dashboard(v);
  await v.close();
});

story('a consent that is given twice counts once', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await step.chooseSPID(v);
  await step.password(v, bianca);
  await step.byApp(v, demo, bianca);
  const yes = v.page.getByRole('button', { name: 'Acconsento', exact: true });
  await yes.waitFor();
  const second = { ...v, page: await v.context.newPage() };
  await second.page.goto(v.page.url());
  await step.consent(v);
  await step.heading(v, course.title);
  await step.consent(second);
  await told(second, t('error.idp.flow_closed.help'));
  await v.close();
});

story('an answer of the provider that was used is refused', async () => {
  const v = await visitor(browser);
  const answers = [];
  v.page.on('request', (r) => { if (r.url() === `${demo.gateway}/spid/acs`) answers.push(r.postData()); });
  await step.portalLogin(v, demo, backTo(course));
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title);
  assert.equal(answers.length, 1);
  const again = await v.context.request.post(`${demo.gateway}/spid/acs`, {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: demo.idp }, data: answers[0], maxRedirects: 0,
  });
  assert.ok(again.status() >= 400 && again.status() < 500, `a used answer gets ${again.status()}`);
  await v.close();
});

story('after two hours before the choice the login goes on, and the destination is kept', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await demo.advance('2h');
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title); // the portal waits for more than a day: a parent may have to approve
  await v.close();
});

story('after two hours at the provider one click begins anew, and the destination is kept', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await step.chooseSPID(v);
  await demo.advance('2h');
  await step.password(v, bianca);
  await told(v, t('error.journey.expired.help'));
  await link(v, t('gateway.action.restart'));
  await step.chooseSPID(v);
  await step.signIn(v, demo, bianca);
  await step.heading(v, course.title);
  await v.close();
});

story('changing the language on the way does not lose the way', async () => {
  const v = await visitor(browser);
  await step.portalLogin(v, demo, backTo(course));
  await language(v, 'en');
  v.lang = 'en';
  await v.page.getByText('Entra con SPID', { exact: true }).click();
  await v.page.getByRole('link', { name: 'Identità di Prova' }).click();
  v.lang = 'it'; // each role remembers the language by itself
  await step.heading(v, t('idp.password.title'));
  await step.password(v, bianca);
  await step.heading(v, t('idp.code.title.totp'));
  await language(v, 'en');
  v.lang = 'en';
  await step.byApp(v, demo, bianca);
  await step.consent(v);
  await step.heading(v, course.title);
  await v.close();
});
