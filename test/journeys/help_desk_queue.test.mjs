// What waits for the help desk: Nadia leaves her codice fiscale to a check, has no telephone and has lost
// her mailbox; Carla helps her and Remo is the second person. Then the same for Otto, on a telephone without
// scripts and in English.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import { Desk } from './lib/desk.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser, desk;
before(async () => { browser = await open(); demo = await start(); desk = new Desk(browser, demo); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const [name, lang, scripts, screen] of [['Nadia', 'it', true, desktop], ['Otto', 'en', false, phone]]) {
  story(`${name} is helped with what waits for the desk: ${lang}, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const world = { lang, scripts, screen };
    const judge = new Judge();
    const t = words(lang);
    const person = await demo.person(name);
    const owner = await visitor(browser, world);
    await owner.page.goto(`${demo.gateway}/login`);
    await step.local(owner, person.login, person.password);
    await step.heading(owner, t('selfcare.data.title'));
    await doubts(owner);

    const carla = await desk.works(world, 'Carla');
    await checks(carla, person, judge);
    await allows(carla, person, judge);
    await owner.close();
    await enters(world, carla, person, judge);

    const number = await writes(world, person, judge);
    await moves(carla, number, judge);
    const remo = await desk.works(world, 'Remo');
    await remo.page.locator('li', { hasText: t('helpdesk.deed.change_mailbox') }).getByRole('button', { name: t('helpdesk.request.approve') }).click();
    await remo.page.getByText(t('helpdesk.notice.decided')).waitFor();
    await remo.page.getByRole('link', { name: t('helpdesk.nav.declarations'), exact: true }).click();
    await step.heading(remo, t('declarations.title'));
    await judge.look(remo, `gateway: help desk, declarations, ${lang}`);
    for (const v of [carla, remo]) await v.close();

    const before = await demo.message(person.email, (m) => /lost-mailbox\/change/.test(m.text));
    const stops = await visitor(browser, world);
    await stops.page.goto(link(before.text));
    await step.heading(stops, t('lostmailbox.stop.title'));
    await judge.look(stops, `gateway: a change of address may be stopped, ${lang}`);
    await demo.advance('73h');
    const ready = await demo.message(fresh(person), (m) => /lost-mailbox\/change/.test(m.text));
    await stops.page.goto(link(ready.text));
    await step.heading(stops, t('lostmailbox.finish.title'));
    await judge.look(stops, `gateway: a new address is confirmed, ${lang}`);
    await step.press(stops, t('lostmailbox.finish.submit'));
    await step.heading(stops, t('lostmailbox.finished.title'));
    await judge.look(stops, `gateway: the address is changed, ${lang}`);
    await stops.close();
    judge.verdict();
  });
}

const fresh = (person) => `nuova.${person.email}`;
const link = (text) => text.match(/http\S+\/lost-mailbox\/change\?token=[0-9a-f.]+/)[0];

/** doubts leaves a codice fiscale that does not fit to a check. */
async function doubts(v) {
  const t = words(v.lang);
  await v.page.goto(`${demo.gateway}/account/fiscal-code`);
  await v.page.getByLabel(t('wizard.fiscal'), { exact: true }).fill('FNTPRV83E10A744R');
  await step.press(v, t('fiscalcode.save'));
  await v.page.locator('.atrio-errors').waitFor();
  await step.press(v, t('wizard.fiscal.accept'));
  await v.page.getByText(t('fiscalcode.notice.saved')).waitFor();
}

/** checks takes the task and says that the codice fiscale is right. */
async function checks(v, person, judge) {
  const t = words(v.lang);
  await v.page.getByRole('link', { name: t('helpdesk.nav.tasks'), exact: true }).click();
  await step.heading(v, t('tasks.title'));
  assert.equal(await v.page.getByText(person.name).count(), 0, 'the queue names the person');
  await judge.look(v, `gateway: help desk, what waits, ${v.lang}`);
  await v.page.locator('li', { hasText: person.login }).getByRole('button', { name: t('tasks.take'), exact: true }).click();
  await step.heading(v, t('tasks.kind.check_fiscal_code'));
  await v.page.getByText('FNTPRV83E10A744R').waitFor();
  await judge.look(v, `gateway: help desk, a codice fiscale to check, ${v.lang}`);
  const box = v.page.locator('details', { hasText: t('tasks.answer.check_fiscal_code_accept.effect') });
  await box.locator('summary').click();
  await box.getByRole('button').click();
  await v.page.locator('.atrio-errors').waitFor();
  await judge.look(v, `gateway: help desk, an answer without a reason, ${v.lang}`);
  await v.page.locator('#reason').fill('Visto il tesserino');
  await box.getByRole('button').click();
  await v.page.getByText(t('tasks.notice.decided')).waitFor();
}

/** allows sees the person with a document and makes the word of the desk their second factor. */
async function allows(v, person, judge) {
  const t = words(v.lang);
  await desk.find(v, person.login);
  await step.heading(v, person.name);
  await desk.does(v, 'allow_codes', 'Non ha un telefono');
  await step.heading(v, t('error.helpdesk.caller'));
  await judge.look(v, `gateway: help desk, the caller was not checked, ${v.lang}`);
  await step.press(v, t('helpdesk.back'), { role: 'link' });
  await desk.sees(v);
  await desk.does(v, 'allow_codes', 'Non ha un telefono');
  await v.page.getByText(t('helpdesk.notice.done')).waitFor();
  await judge.look(v, `gateway: help desk, a person with second factors, ${v.lang}`);
}

/** enters signs in with a code from the desk. */
async function enters(world, carla, person, judge) {
  const v = await visitor(browser, world);
  const t = words(v.lang);
  await v.page.goto(`${demo.gateway}/login`);
  await step.local(v, person.login, person.password);
  await step.heading(v, t('challenge.title.desk'));
  await judge.look(v, `gateway: a code from the desk, ${v.lang}`);
  await step.press(v, t('challenge.desk.go'));
  await v.page.getByText(t('challenge.wrong.desk')).waitFor();
  const number = await v.page.locator('#desk-number').innerText();
  const box = carla.page.locator('details', { hasText: t('helpdesk.deed.confirm_login.effect') });
  await box.locator('summary').click();
  await box.getByLabel(t('helpdesk.number'), { exact: true }).fill(number);
  await box.getByLabel(t('helpdesk.reason'), { exact: true }).fill('È qui allo sportello');
  await box.getByRole('button').click();
  await carla.page.getByText(t('helpdesk.notice.done')).waitFor();
  await step.press(v, t('challenge.desk.go'));
  await step.heading(v, t('selfcare.data.title'));
  await v.close();
}

/** writes tells the desk that the mailbox is lost, and gives the number of the ticket. */
async function writes(world, person, judge) {
  const v = await visitor(browser, world);
  const t = words(v.lang);
  await v.page.goto(`${demo.gateway}/recover`);
  await step.press(v, t('recovery.mailbox'), { role: 'link' });
  await step.heading(v, t('lostmailbox.title'));
  await judge.look(v, `gateway: a lost mailbox, ${v.lang}`);
  await step.press(v, t('lostmailbox.send'));
  await v.page.locator('.atrio-errors').waitFor();
  await judge.look(v, `gateway: a lost mailbox, nothing filled in, ${v.lang}`);
  await v.page.getByLabel(t('lostmailbox.key'), { exact: true }).fill(person.login);
  await v.page.getByLabel(t('lostmailbox.name'), { exact: true }).fill(person.name);
  await v.page.getByLabel(t('lostmailbox.address'), { exact: true }).fill(fresh(person));
  await v.page.getByLabel(t('lostmailbox.words'), { exact: true }).fill('Non leggo più quella casella');
  await step.press(v, t('lostmailbox.send'));
  await step.heading(v, t('lostmailbox.sent.title'));
  await judge.look(v, `gateway: a lost mailbox, received, ${v.lang}`);
  const number = await v.page.locator('#ticket').innerText();
  await v.close();
  return number;
}

/** moves finds the person of a ticket and asks for the change of address. */
async function moves(v, number, judge) {
  const t = words(v.lang);
  await v.page.goto(`${demo.gateway}/helpdesk/tasks`);
  await v.page.locator('li', { hasText: number }).getByRole('button', { name: t('tasks.take'), exact: true }).click();
  await step.heading(v, t('tasks.kind.mailbox'));
  await judge.look(v, `gateway: help desk, a lost mailbox, ${v.lang}`);
  await step.press(v, t('tasks.ticket.find'));
  await desk.sees(v);
  const box = v.page.locator('details', { hasText: t('helpdesk.deed.change_mailbox.effect') });
  await box.locator('summary').click();
  await box.locator('select').selectOption({ index: 1 });
  await box.getByLabel(t('helpdesk.reason'), { exact: true }).fill('Vista allo sportello');
  await judge.look(v, `gateway: help desk, a change of address, ${v.lang}`);
  await box.getByRole('button').click();
  await v.page.getByText(t('helpdesk.notice.asked')).waitFor();
}
