// Otto works here: the staff office said so, and the service for staff opens with his password and an app.
// Pietro is a minor and comes by CIE: the service asks for a parent, who comes to the desk; Carla records it.
// Each in Italian and English, on a telephone and at a desk, with and without scripts: every pair of them.

import assert from 'node:assert/strict';
import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as door from './lib/doors.mjs';
import { inEach } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const service = (demo, client) => `${demo.desk}/service/start?client=${client}`;

/** works signs somebody in who has a password, and sets an app up. */
async function works({ demo, browser }, row, name) {
  const v = await visitor(browser, row);
  const t = words(v.lang);
  const person = await demo.person(name);
  await v.page.goto(`${demo.gateway}/login`);
  await step.local(v, person.login, person.password);
  await step.heading(v, t('selfcare.data.title'));
  await v.page.goto(`${demo.gateway}/account/second-factor/app`);
  const key = (await v.page.locator('#key').textContent()).replaceAll(/\s/g, '');
  await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill(await step.appCode(demo, { totp_secret: key }));
  await step.press(v, t('enrolment.confirm'));
  await v.page.getByText(t('enrolment.notice.app')).waitFor();
  return v;
}

/** told waits for the page on which the service shows what it learned. */
async function told(v) {
  await v.page.getByRole('heading', { name: words(v.lang)('demo.service.told') }).waitFor();
}

inEach((at, row) => {
  story('Otto enters the service for staff without SPID or CIE', async () => {
    const { demo } = at;
    const judge = new Judge();
    const otto = await works(at, row, 'Otto');
    await otto.page.goto(service(demo, 'servizio-personale'));
    await told(otto);
    await otto.page.goto(service(demo, 'servizio-livello-2'));
    await step.heading(otto, words(otto.lang)('entry.citizenship.title')); // there he is a citizen like any other
    await otto.page.goto(`${demo.gateway}/account`);
    await otto.page.getByText(words(otto.lang)('selfcare.ties.employee')).waitFor();
    await judge.both(otto, 'account: who works here');
    await otto.close();
    judge.verdict();
  });

  story('Pietro, a minor by CIE, needs a parent; Carla records the authorisation at the desk', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    await v.page.goto(service(demo, 'servizio-genitori'));
    await step.heading(v, t('doors.choice.title'));
    await door.chooseCIE(v);
    await door.byCIE(v, 'Pietro Minorenne', 2);
    await door.send(v);
    const code = await door.firstEntryWithMail(v, demo, 'Pietro Minorenne', 'pietro@example.org');
    await step.heading(v, t('entry.needs_parent.title'));
    await v.page.getByRole('link', { name: t('entry.way.spid'), exact: true }).waitFor();
    assert.equal(await v.page.getByRole('link', { name: t('entry.way.cie'), exact: true }).count(), 0, 'the door that does not help');
    await judge.both(v, 'verdict: a parent');

    const carla = await works(at, row, 'Carla');
    await carla.page.goto(`${demo.gateway}/helpdesk`);
    await carla.page.getByLabel(t('helpdesk.key'), { exact: true }).fill(code);
    await carla.page.getByLabel(t('helpdesk.reason'), { exact: true }).fill('La madre è allo sportello');
    await step.press(carla, t('helpdesk.search'));
    await step.heading(carla, 'Pietro Minorenne');
    const box = carla.page.locator('details', { hasText: t('helpdesk.deed.authorise.effect') });
    await box.locator('summary').click();
    await judge.both(carla, 'help desk: the authorisation of a parent');
    await carla.page.locator('details', { hasText: t('helpdesk.deed.authorise.effect') }).locator('summary').click();
    await box.getByLabel(t('helpdesk.parental.by'), { exact: true }).selectOption('parent');
    await box.getByLabel(t('helpdesk.parental.document'), { exact: true }).selectOption('identity');
    await box.getByLabel(t('helpdesk.reason'), { exact: true }).fill('La madre ha mostrato la carta d’identità');
    await box.getByRole('button', { name: t('helpdesk.deed.authorise'), exact: true }).click();
    await carla.page.getByText(t('helpdesk.notice.done')).waitFor();
    await carla.close();

    await v.page.goto(service(demo, 'servizio-genitori'));
    await told(v);
    await v.page.goto(`${demo.gateway}/account`);
    await v.page.getByText(t('selfcare.parents.parent')).waitFor();
    await judge.look(v, 'account: authorised by a parent');
    await v.close();
    judge.verdict();
  });
});
