// Somebody who cannot get in reads help: from the login page of a service, through every page of the
// help box, to the answer that did or did not help, and back to where they were going.

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

/** answer presses Sì or No under a page and waits for the thanks. */
async function answer(v, which) {
  const t = words(v.lang);
  await v.page.getByRole('region', { name: t('help.useful') }).getByRole('button', { name: t(`help.useful.${which}`), exact: true }).click();
  await step.heading(v, t(`help.thanks.${which}.title`));
}

for (const [lang, screen, scripts] of [['it', desktop, true], ['en', phone, true], ['it', phone, false], ['en', desktop, false]]) {
  story(`every link of the help box helps: ${lang}, ${screen === phone ? 'on a telephone' : 'at a desk'}, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const judge = new Judge();
    const v = await visitor(browser, { lang, screen, scripts });
    const t = words(lang);
    await step.portalLogin(v, demo);
    const login = v.page.url();
    const service = v.page.locator('.atrio-from');
    const from = await service.innerText();
    for (const [key, topic] of [['first', 'firstaccess'], ['suspend', 'suspend'], ['help', 'help']]) {
      await v.page.goto(login);
      await step.press(v, t(`doors.assistance.${key}`), { role: 'link' });
      await v.page.getByRole('region', { name: t('help.useful') }).waitFor();
      await judge.look(v, `gateway: ${topic}, from a login`);
      await step.press(v, t('help.login'), { role: 'link' });
      await step.heading(v, t('doors.choice.title'));
      assert.equal(await service.innerText(), from, 'the service is not lost');
    }
    await step.press(v, t('doors.assistance.recover'), { role: 'link' });
    await step.heading(v, t('recovery.ask.title'));
    await judge.look(v, 'gateway: recovery, from a login');

    // A list of questions: the answer is one step away, and has an address of its own.
    for (const topic of ['credentials', 'secondfactor']) {
      await v.page.goto(login);
      await step.press(v, t('doors.assistance.help'), { role: 'link' });
      await step.press(v, t(`help.topic.${topic}`), { role: 'link' });
      await step.heading(v, t(`help.topic.${topic}`));
      const questions = v.page.getByRole('navigation', { name: t('help.questions') }).getByRole('link');
      const asked = await questions.allInnerTexts();
      assert.ok(asked.length > 10, 'there are questions');
      for (const question of asked) await v.page.getByRole('heading', { level: 2, name: question, exact: true }).waitFor();
      await questions.last().click();
      await v.page.getByRole('heading', { level: 2, name: asked.at(-1), exact: true }).waitFor();
      assert.match(v.page.url(), /#[a-z-]+$/);
      await judge.look(v, `gateway: questions, ${topic}`);
    }
    await answer(v, 'no');
    await judge.look(v, 'gateway: an answer that did not help');
    await step.press(v, t('help.topic.credentials'), { role: 'link' });
    await step.heading(v, t('help.topic.credentials'));
    await answer(v, 'yes');
    await judge.look(v, 'gateway: an answer that helped');
    await step.press(v, t('help.back'), { role: 'link' });
    await v.page.getByText(lang === 'it' ? /(persona ha|persone hanno) trovato utile questa pagina/ : /(person|people) found this page useful/).waitFor();
    await judge.look(v, 'gateway: a page that somebody found useful');
    await step.press(v, t('help.login'), { role: 'link' });
    assert.equal(await service.innerText(), from, 'the service is not lost');
    await v.close();
    judge.verdict();
  });
}

story('Nadia pastes a password that is too long, and is told instead of being cut off', async () => {
  const judge = new Judge();
  const nadia = await demo.person('Nadia');
  const v = await visitor(browser, { lang: 'it' });
  const t = words('it');
  await v.page.goto(`${demo.gateway}/login`);
  await step.local(v, nadia.login, 'lunga '.repeat(50));
  await v.page.locator('.atrio-errors').getByText(t('form.secret.too_long', { max: 256 })).waitFor();
  await judge.look(v, 'gateway: a password that is too long');
  await step.local(v, nadia.login, nadia.password);
  await step.heading(v, t('selfcare.data.title'));
  await v.close();
  judge.verdict();
});
