// Carla works at the help desk and Remo is her supervisor: she looks up Bianca, who called, suspends her
// account, and asks for its reactivation; he approves. At a desk, and on a telephone without scripts.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import { Desk } from './lib/desk.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser, desk;
const read = new Set(); // messages of the rounds before
let bianca; // her Codice Persona
before(async () => { browser = await open(); demo = await start(); desk = new Desk(browser, demo); });
after(async () => { await browser?.close(); await demo?.stop(); });

for (const [lang, scripts, screen] of [['it', true, desktop], ['en', false, phone]]) {
  story(`Carla helps Bianca, and Remo is the second person: ${lang}, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const world = { lang, scripts, screen };
    const judge = new Judge();
    const t = words(lang);
    await demo.advance('20m'); // what a caller proved before counts no longer
    const owner = await visitor(browser, world);
    const person = await demo.person('Bianca');
    await owner.page.goto(`${demo.gateway}/login`);
    await step.chooseSPID(owner);
    await step.signIn(owner, demo, person);
    if (!bianca) bianca = await step.firstEntry(owner, person);
    await step.heading(owner, t('selfcare.data.title'));
    await owner.page.goto(`${demo.gateway}/helpdesk`);
    await step.heading(owner, t('error.helpdesk.member'));
    await judge.look(owner, `gateway: not of the help desk, ${lang}`);

    const carla = await desk.works(world, 'Carla');
    await judge.look(carla, `gateway: help desk, ${lang}`);
    await desk.find(carla, 'Bianca Esempio');
    await carla.page.locator('.atrio-errors').waitFor();
    await judge.look(carla, `gateway: help desk, no search by name, ${lang}`);
    await desk.find(carla, 'nessuno@example.org');
    await carla.page.getByText(t('helpdesk.found.none')).waitFor();
    await desk.find(carla, bianca);
    await step.heading(carla, person.name);
    assert.equal(await carla.page.getByText(person.email).count(), 0, 'the clerk sees her address');
    await judge.look(carla, `gateway: help desk, a person, ${lang}`);
    await step.press(carla, t('helpdesk.caller.send'));
    const { text } = await demo.message(person.email, (m) => m.channel === 'mail' && /assistenza|help desk/.test(m.subject) && /\b\d{6}\b/.test(m.text) && !read.has(m.text));
    read.add(text);
    await carla.page.getByLabel(t('helpdesk.caller.code'), { exact: true }).fill(text.match(/\b\d{6}\b/)[0]);
    await step.press(carla, t('helpdesk.caller.check'));
    await carla.page.getByText(t('helpdesk.caller.proved.mail')).waitFor();

    await desk.does(carla, 'freeze', 'Accessi che non riconosce');
    await carla.page.getByText(t('helpdesk.notice.done')).waitFor();
    await judge.look(carla, `gateway: help desk, suspended, ${lang}`);
    await desk.does(carla, 'unfreeze', 'Ha chiarito');
    await carla.page.getByText(t('helpdesk.notice.asked')).waitFor();
    await judge.look(carla, `gateway: help desk, asked, ${lang}`);
    await carla.page.goto(`${demo.gateway}/helpdesk`);
    assert.equal(await carla.page.getByRole('button', { name: t('helpdesk.request.approve') }).count(), 0, 'who asked may approve');
    await owner.page.goto(`${demo.gateway}/account`);
    await step.heading(owner, t('doors.choice.title'));

    const remo = await desk.works(world, 'Remo');
    await judge.look(remo, `gateway: help desk, a request waits, ${lang}`);
    await step.press(remo, t('helpdesk.request.approve'));
    await remo.page.getByText(t('helpdesk.notice.decided')).waitFor();
    await remo.page.getByRole('link', { name: t('helpdesk.nav.answers'), exact: true }).click();
    await judge.look(remo, `gateway: help desk, ready answers, ${lang}`);
    await merges(remo, judge);

    await step.chooseSPID(owner);
    await step.signIn(owner, demo, person);
    await step.heading(owner, t('selfcare.data.title'));
    await owner.page.goto(`${demo.gateway}/account/history`);
    await owner.page.getByText(t('selfcare.event.desk.done')).first().waitFor();
    await judge.look(owner, `gateway: history with the help desk, ${lang}`);
    judge.verdict();
    for (const v of [owner, carla, remo]) await v.close();
  });
}

/** merges shows what a merge would do, and leaves it. */
async function merges(v, judge) {
  const t = words(v.lang);
  await desk.find(v, bianca);
  const box = v.page.locator('details', { hasText: t('helpdesk.deed.merge.effect') });
  await box.locator('summary').click();
  await box.getByLabel(t('helpdesk.merge.other'), { exact: true }).fill((await demo.person('Carla')).login);
  await box.getByLabel(t('helpdesk.reason'), { exact: true }).fill('Doppio account');
  await box.getByRole('button', { name: t('helpdesk.merge.preview'), exact: true }).click();
  await step.heading(v, t('helpdesk.merge.title'));
  await judge.look(v, `gateway: help desk, what a merge does, ${v.lang}`);
}
