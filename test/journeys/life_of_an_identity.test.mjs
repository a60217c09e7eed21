// The life of Bianca's identity after its activation: another telephone, an access that she does not know, a suspension that the
// service is told of and that two operators lift, a contract that she renews, a document that runs out and the one that follows it.
// In Italian on a telephone and in English at a desk.

import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as enrol from './lib/enrol.mjs';
import * as operator from './lib/operators.mjs';
import { inEach, two } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const anotherPhone = '+393310000077';

/** enters signs in to the holder's own pages. */
async function enters(v, demo, bianca) {
  await v.page.goto(`${demo.idp}/account/login`);
  await step.password(v, bianca);
  await step.heading(v, words(v.lang)('idp.account.title'));
}

/** renews enters with a password that is older than 180 days: it is changed on the way (E12). Who enters afterwards has the new one. */
async function renews(v, demo, bianca, seen) {
  const t = words(v.lang);
  await v.page.goto(`${demo.idp}/account/login`);
  await step.password(v, bianca);
  await step.heading(v, t('password_life.title.renew'));
  await seen(v, 'the password is over');
  const after = { ...bianca, password: 'Foglia-7-Sasso!' };
  await v.page.locator('[name=current]').fill(bianca.password);
  await v.page.locator('[name=password]').fill(after.password);
  await v.page.locator('[name=password_again]').fill(after.password);
  await step.press(v, t('password_life.submit'));
  await step.heading(v, t('idp.account.title'));
  return after;
}

/** returns signs an operator in again with the key that they have. */
async function returns(v, demo) {
  await v.page.goto(`${demo.idp}/operator`);
  await step.press(v, words(v.lang)('operator.login.go'));
  await v.page.waitForURL(`${demo.idp}/operator`);
}

/** proved opens a page that wants password and code again. */
async function proved(v, demo, bianca, path, heading) {
  await v.page.goto(`${demo.idp}${path}`);
  const asked = v.page.getByLabel('User ID');
  await asked.or(v.page.getByRole('heading', { name: heading, exact: true })).first().waitFor();
  if (await asked.count() > 0) {
    await step.password(v, bianca);
    await step.byApp(v, demo, bianca);
  }
  await step.heading(v, heading);
}

/** uploads a new document that is valid for some days from now, which an operator then checks. */
async function uploads(v, demo, bianca, remo, days, number, seen) {
  const t = words(v.lang);
  await proved(v, demo, bianca, '/account/data/document', t('data.document.title'));
  const now = await demo.now();
  const date = async (name, at) => {
    const day = new Date(at);
    for (const [part, value] of [['day', day.getUTCDate()], ['month', day.getUTCMonth() + 1], ['year', day.getUTCFullYear()]]) await v.page.locator(`[name=${name}_${part}]`).fill(String(value));
  };
  await v.page.locator('#kind-passaporto').check();
  await v.page.locator('[name=number]').fill(number);
  await v.page.locator('[name=issuer]').fill('Questura di Roma');
  await date('issued', now - 5 * 86_400_000);
  await date('expires', now + days * 86_400_000);
  await v.page.locator('#front').setInputFiles({ name: 'fronte.png', mimeType: 'image/png', buffer: enrol.picture(3) });
  await v.page.locator('#back').setInputFiles({ name: 'retro.png', mimeType: 'image/png', buffer: enrol.picture(4) });
  await seen(v, 'a new document');
  await step.press(v, t('data.document.send'));
  await v.page.getByText(t('data.document.waiting')).waitFor();

  await remo.page.goto(`${demo.idp}/operator/life`);
  await remo.page.getByRole('link', { name: t('lifedesk.task.document') }).click();
  await step.heading(remo, t('lifedesk.task.document'));
  await seen(remo, 'a document to be checked');
  await remo.page.locator('[name=same]').check();
  await remo.page.locator('[name=reason]').fill('Confrontato con le immagini');
  await step.press(remo, t('lifedesk.accept'));
  await operator.proves(remo, remo.page.getByRole('heading', { name: t('lifedesk.title'), exact: true }));
}

inEach((at, row) => {
  story('Bianca stops her identity and gets it back, renews it, and brings a new document', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    let bianca = await demo.person('Bianca');
    const seen = (who, name) => judge.look(who, `life: ${name}, ${v.lang}`);

    // The operators make their keys while the invitations work.
    const remo = await operator.works(browser, demo, row, 'remo.prova@gestore.example.org');
    const fabia = await operator.works(browser, demo, row, 'fabia.prova@gestore.example.org');

    // Another telephone: not in the first days, with password and code, and the new number has to answer.
    await enters(v, demo, bianca);
    await seen(v, 'her identity');
    await v.page.goto(`${demo.idp}/account/data`);
    await v.page.getByText(t('data.title')).first().waitFor();
    await seen(v, 'her data in the first days');
    await demo.advance('73h');
    await enters(v, demo, bianca);
    await proved(v, demo, bianca, '/account/data/phone', t('data.phone.title'));
    await seen(v, 'another telephone');
    await v.page.getByLabel(t('data.phone.label'), { exact: true }).fill('331 0000077');
    await step.press(v, t('data.send'));
    await step.heading(v, t('data.code.title'));
    await seen(v, 'the code of the new number');
    const sms = await demo.message(anotherPhone, (m) => /\b\d{6}\b/.test(m.text));
    await v.page.getByLabel(t('data.code.label'), { exact: true }).fill(sms.text.match(/\b\d{6}\b/)[0]);
    await step.press(v, t('data.code.button'));
    await v.page.getByText(anotherPhone).first().waitFor();
    await demo.message(bianca.phone, (m) => /cellulare/.test(m.text)); // the old number is told

    // She enters a service, and later does not know the access any more.
    await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);
    await step.chooseSPID(v);
    await step.signIn(v, demo, bianca);
    await step.firstEntry(v, bianca);
    await v.page.getByRole('heading', { name: t('demo.service.told') }).waitFor();
    await v.page.goto(`${demo.idp}/account/accesses`);
    await step.heading(v, t('idp.account.accesses.title'));
    await seen(v, 'her accesses');
    await v.page.locator('a[href^="/account/stop/not-me?"]').first().click();
    await step.heading(v, t('stop.not_me.title'));
    await seen(v, 'it was not me');
    await step.press(v, t('stop.not_me.button'));
    await step.heading(v, t('stop.done.abuse'));
    await seen(v, 'what comes next');

    // No service is entered with it, and says why.
    const other = await visitor(browser, row);
    await other.page.goto(`${demo.desk}/service/start?client=servizio-livello-2`);
    await step.chooseSPID(other);
    await step.password(other, bianca);
    await step.heading(other, t('idp.stopped.23'));
    await seen(other, 'suspended, at the provider');
    await step.press(other, t('idp.stopped.submit'));
    await other.page.getByText(t('spid.anomaly.23.help')).first().waitFor();
    await other.close();

    // One operator proposes to lift it, another agrees.
    await returns(remo, demo);
    await remo.page.goto(`${demo.idp}/operator/life`);
    await remo.page.getByLabel(t('lifedesk.by.user_id'), { exact: true }).check();
    await remo.page.getByLabel(t('lifedesk.value'), { exact: true }).fill(bianca.login);
    await step.press(remo, t('lifedesk.find'));
    await remo.page.getByText('Bianca Esempio').first().waitFor();
    await seen(remo, 'an identity at the desk');
    await remo.page.locator('#reason-lift').fill('Riconosciuta allo sportello');
    await remo.page.locator('form:has(input[value=lift]) button').click();
    await operator.proves(remo, remo.page.getByText(t('lifedesk.notice.second')));
    await returns(fabia, demo);
    await fabia.page.goto(`${demo.idp}/operator/life`);
    await seen(fabia, 'what waits at the desk');
    await fabia.page.getByRole('link', { name: t('lifedesk.task.agree') }).click();
    await step.heading(fabia, t('lifedesk.task.agree'));
    await seen(fabia, 'a proposal of a colleague');
    await fabia.page.locator('[name=reason]').fill('Ho richiamato');
    await step.press(fabia, t('lifedesk.accept'));
    await operator.proves(fabia, fabia.page.getByRole('heading', { name: t('lifedesk.title'), exact: true }));
    await fabia.close();

    // In the last days of the contract she renews it.
    await demo.advance('650d');
    bianca = await renews(v, demo, bianca, seen);
    await seen(v, 'the contract ends');
    await proved(v, demo, bianca, '/account/data/renew', t('data.renew.title'));
    await seen(v, 'a renewal');
    await v.page.locator('[name=agree]').check();
    await step.press(v, t('data.renew.button'));
    await v.page.getByText(t('data.notice.renewed')).waitFor();

    // Her document runs out: suspended, until an operator has seen the next one.
    await returns(remo, demo);
    await uploads(v, demo, bianca, remo, 20, 'YA1234567', async () => {});
    await demo.advance('22d');
    await demo.message(bianca.email, (m) => /documento d’identità è scaduto/.test(m.text));
    await enters(v, demo, bianca);
    await v.page.getByText(t('idp.account.suspended.document_expired')).waitFor();
    await seen(v, 'suspended for its document');
    await returns(remo, demo);
    await uploads(v, demo, bianca, remo, 900, 'YA7654321', seen);
    await v.page.goto(`${demo.idp}/account`);
    await v.page.getByText(t('idp.account.state.active'), { exact: true }).waitFor();
    await remo.close();
    await v.close();
    judge.verdict();
  });
}, two);
