// Bianca binds the app of level 2 in the browser of her telephone, and enters a service with it: the number that she sees is the one that she taps.
// Before that Tullio links an app of codes and enters with a code of it; Livia, who has the password alone, is led to that by a service.
// And two wrong turns: she taps another number, and she reports a request that she did not expect, which suspends her identity. In English it is Tullio.

import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

const shown = async (v) => (await v.page.locator('.atrio-number').innerText()).trim();

// asks goes from the gateway to the page that shows the number.
async function asks(v, bianca) {
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.password(v, bianca);
  await step.heading(v, words(v.lang)('app.prompt.title'));
}

// bindsCodes links an app of codes at the own pages, and gives the person with its key.
async function bindsCodes(v, bianca, seen) {
  const t = words(v.lang);
  await v.page.goto(`${demo.idp}/account/codes`);
  await step.heading(v, t('codes.title'));
  await seen(v, 'no app of codes');
  await step.press(v, t('codes.start'));
  await step.heading(v, t('codes.bind.title'));
  await seen(v, 'key of the app of codes');
  return confirmsCodes(v, bianca);
}

// entersWithCodes links an app of codes and enters a service with it; then it leads back to the telephones.
async function entersWithCodes(v, bianca, row, seen) {
  const holder = await bindsCodes(v, bianca, seen);
  const first = await visitor(browser, row);
  await step.portalLogin(first, demo);
  await step.chooseSPID(first);
  await step.signIn(first, demo, holder);
  await first.page.waitForURL(`${demo.gateway}/**`);
  await first.close();
  await v.page.goto(`${demo.idp}/account/app`);
  await step.heading(v, words(v.lang)('app.list.title'));
}

// confirmsCodes types both codes of a binding, and gives the person with the key of the app.
async function confirmsCodes(v, holder) {
  const t = words(v.lang);
  const link = await v.page.getByRole('link', { name: t('codes.bind.here'), exact: true }).getAttribute('href');
  const person = { ...holder, totp_secret: new URL(link).searchParams.get('secret') };
  await v.page.getByLabel(t('codes.bind.sms'), { exact: true }).fill(await step.smsCode(demo, person));
  await v.page.getByLabel(t('codes.bind.code'), { exact: true }).fill(await step.appCode(demo, person));
  await step.press(v, t('codes.bind.submit'));
  await v.page.getByText(t('codes.notice.bound')).waitFor();
  return person;
}

// E30: Livia has the password alone. A service wants level 2: she gets it there and goes on.
story('who lacks level 2 at a service sets it up and goes on, without scripts', async () => {
  const v = await visitor(browser, { lang: 'it', screen: phone, scripts: false });
  const t = words(v.lang);
  const judge = new Judge();
  const livia = await demo.person('Livia');
  await step.portalLogin(v, demo);
  await step.chooseSPID(v);
  await step.password(v, livia);
  await step.heading(v, t('idp.setup.title'));
  await judge.look(v, 'level 2: what is missing');
  await step.press(v, t('idp.setup.codes.go'));
  await step.heading(v, t('codes.title'));
  await judge.look(v, 'level 2: a service waits');
  await step.press(v, t('codes.start'));
  await step.heading(v, t('codes.bind.title'));
  const holder = await confirmsCodes(v, livia);
  await judge.look(v, 'level 2: the way on');
  await step.byApp(v, demo, holder);
  await v.page.getByRole('button', { name: t('idp.consent.yes'), exact: true }).waitFor();
  await step.consent(v);
  await v.page.waitForURL(`${demo.gateway}/**`);
  await v.page.goto(`${demo.idp}/account`); // no session is left
  await step.heading(v, t('idp.password.title'));
  judge.verdict();
  await v.close();
});

// view waits for a state of the app on the telephone.
const view = (telephone, key) => telephone.page.getByRole('heading', { level: 2, name: words(telephone.lang)(key), exact: true }).waitFor();

// A report suspends: each row is another person's.
for (const row of [{ lang: 'it', screen: phone, who: 'Bianca', second: step.byApp }, { lang: 'en', screen: desktop, who: 'Tullio', second: step.bySMS, codes: true }]) {
  story(`the app is bound and confirms an access of level 2 by its number, ${row.lang}`, async () => {
    const t = words(row.lang);
    const judge = new Judge();
    const bianca = await demo.person(row.who);
    const v = await visitor(browser, row);
    const seen = (who, name) => judge.look(who, `app: ${name}, ${row.lang}`);

    await v.page.goto(`${demo.idp}/account`);
    await step.password(v, bianca);
    await step.heading(v, t('idp.account.title'));
    await v.page.getByRole('main').locator('a[href="/account/app"]').click();
    await step.password(v, bianca); // what one proves with is changed after a proof
    await row.second(v, demo, bianca);
    await step.heading(v, t('app.list.title'));
    await seen(v, 'no telephone');

    if (row.codes) await entersWithCodes(v, bianca, row, seen);
    await step.press(v, t('app.list.start'));
    await step.heading(v, t('app.bind.title'));
    await seen(v, 'QR code');
    const link = await v.page.getByRole('link', { name: t('app.bind.open'), exact: true }).getAttribute('href');

    const telephone = await visitor(browser, { lang: row.lang, screen: phone });
    await telephone.page.goto(link);
    await view(telephone, 'app.code.title');
    await seen(telephone, 'code');
    await telephone.page.getByLabel(t('app.code.label'), { exact: true }).fill(await step.smsCode(demo, bianca));
    await telephone.page.locator('[name=name]').fill('Telefono blu');
    await telephone.page.getByRole('button', { name: t('app.code.submit'), exact: true }).click();
    await view(telephone, 'app.ready');
    await seen(telephone, 'ready');
    await step.press(v, t('app.bind.done'), { role: 'link' });
    await v.page.getByRole('heading', { level: 2, name: 'Telefono blu' }).first().waitFor();
    await seen(v, 'a telephone');

    // Another number is refused.
    const other = await visitor(browser, row);
    await asks(other, bianca);
    await seen(other, 'number');
    await view(telephone, 'app.ask.title');
    await seen(telephone, 'request');
    const right = await shown(other);
    await telephone.page.locator('[data-numbers] button').filter({ hasNotText: right }).first().click();
    await view(telephone, 'app.wrong');
    await seen(telephone, 'wrong number');
    await other.page.getByText(t('app.prompt.wrong')).waitFor();
    await telephone.page.getByRole('button', { name: t('app.again'), exact: true }).click();
    await view(telephone, 'app.ready');

    // The right one opens.
    await step.press(other, t('app.prompt.ask'));
    await other.page.locator('.atrio-number').waitFor();
    await view(telephone, 'app.ask.title');
    await telephone.page.locator('[data-numbers] button').filter({ hasText: await shown(other) }).click();
    await view(telephone, 'app.approved');
    await other.page.getByRole('button', { name: t('idp.consent.yes'), exact: true }).waitFor();
    await step.consent(other);
    await other.page.waitForURL(`${demo.gateway}/**`);
    await other.close();
    await telephone.page.getByRole('button', { name: t('app.again'), exact: true }).click();
    await view(telephone, 'app.ready');

    // Somebody else has the password: Bianca says that it was not her.
    const stranger = await visitor(browser, row);
    await asks(stranger, bianca);
    await view(telephone, 'app.ask.title');
    await telephone.page.getByRole('button', { name: t('app.ask.not_me'), exact: true }).click();
    await view(telephone, 'app.reported');
    await seen(telephone, 'reported');
    await demo.message(bianca.phone, (m) => m.channel === 'sms' && m.text.includes('hai segnalato'));
    await stranger.page.waitForURL(`${demo.gateway}/**`);
    await stranger.close();
    await v.page.goto(`${demo.idp}/account`); // the report ended the session
    await step.password(v, bianca);
    await step.heading(v, t('idp.account.title'));
    await v.page.getByText(/[Ss]ospesa|[Ss]uspended/).first().waitFor();
    await seen(v, 'suspended');
    judge.verdict();
    await telephone.close();
    await v.close();
  });
}
