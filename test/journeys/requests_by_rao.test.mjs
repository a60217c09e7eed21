// Rita goes to her municipality, where Olga sees her and seals a token. At home she requests an identity: she signs the contract with a code, pastes the
// token, and types both halves of its code. A second person decides, and she enters a service of level 2.
// And a wrong turn: she reads one sign of the printed half wrong.

import assert from 'node:assert/strict';
import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as enrol from './lib/enrol.mjs';
import * as operator from './lib/operators.mjs';
import { inEach, two } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const rita = { name: 'Rita', surname: 'Richiesta', sex: 'F', born: ['10', '5', '1983'], province: 'CO', town: 'Bellagio', code: 'RCHRTI83E50A744D', email: 'rita.richiesta@example.org', phone: '+393331110088', document: 'CA00002AA' };

/** sheet fills in what Olga reads on the papers. */
async function sheet(v, who) {
  const t = words(v.lang);
  for (const [id, value] of Object.entries({
    family_name: who.surname, given_name: who.name, birth_day: who.born[0], birth_month: who.born[1], birth_year: who.born[2], birth_town: who.town, fiscal_code: who.code,
    residence_town: 'Roma', residence_street: 'Via degli Esempi 1', residence_postal: '00100', number: who.document, issuer: 'Comune di Roma',
    issued_day: '1', issued_month: '2', issued_year: '2020', expires_day: '10', expires_month: '5', expires_year: '2031', email: who.email, phone: who.phone,
  })) await v.page.locator(`#${id}`).fill(value);
  await v.page.locator('#birth_province').selectOption(who.province);
  await v.page.locator('#residence_province').selectOption('RM');
  await v.page.getByLabel(t(`enrolment.person.gender.${who.sex}`), { exact: true }).check();
  await v.page.getByLabel(t('enrolment.documents.kind.cartaIdentita'), { exact: true }).check();
  await v.page.getByLabel(t('enrolment.documents.card.cf'), { exact: true }).check();
}

inEach((at, row) => {
  story('Rita is identified by her municipality, and enters a service of level 2 with the identity', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const olga = await operator.works(browser, demo, row, 'olga.prova@comune.example.org');
    const t = words(olga.lang);
    await olga.page.goto(`${demo.idp}/operator/point`);
    await judge.look(olga, `operators: a desk that seals, ${olga.lang}`);
    await step.press(olga, t('console.list.seal'), { role: 'link' });
    await step.heading(olga, t('office.form.title'));
    await sheet(olga, rita);
    await step.press(olga, t('office.submit')); // what she saw is not ticked
    await olga.page.getByText(t('office.tick.missing')).first().waitFor();
    await judge.look(olga, `operators: a token is not sealed yet, ${olga.lang}`);
    for (const box of await olga.page.locator('input[name^=tick_]').all()) await box.check();
    await step.press(olga, t('office.submit'));
    await operator.proves(olga, olga.page.getByRole('heading', { name: t('office.done.title'), exact: true }));
    await judge.look(olga, `operators: a token is sealed, ${olga.lang}`);
    const first = await olga.page.locator('#first-half').innerText();
    const token = (await demo.message(rita.email, (m) => m.channel === 'mail' && /^eyJ/m.test(m.text))).text.match(/^eyJ\S+$/m)[0];
    const second = (await demo.message(rita.phone, (m) => m.channel === 'sms' && /: \w{6}\./.test(m.text))).text.match(/: (\w{6})\./)[1];

    const v = await visitor(browser, row);
    const seen = (name) => judge.look(v, `by RAO: ${name}, ${v.lang}`);
    await enrol.applies(v, demo, rita, { method: 'rao' });
    const number = await enrol.fillsIn(v, rita);
    await enrol.signsByCode(v, demo, rita, { seen });
    await step.heading(v, t('rao.token.title'));
    await seen('the token');
    await v.page.locator('#token').fill(token);
    await step.press(v, t('rao.token.submit'));
    await step.heading(v, t('rao.code.title'));
    await v.page.locator('#first').fill(first.split('').reverse().join(''));
    await v.page.locator('#second').fill(second);
    await step.press(v, t('rao.code.submit'));
    await v.page.locator('#first-error').waitFor();
    assert.equal(await v.page.locator('#second').inputValue(), second);
    await seen('a half is wrong');
    await v.page.locator('#first').fill(first);
    await step.press(v, t('rao.code.submit'));
    await v.page.getByText(t('enrolment.state.operator_check'), { exact: true }).waitFor();
    await v.page.getByText(t('rao.notice.identified')).waitFor();
    await seen('identified');

    const remo = await operator.works(browser, demo, row, 'remo.prova@gestore.example.org');
    await operator.opens(remo, demo, number);
    await remo.page.getByText(t('review.fact.rao_office'), { exact: true }).waitFor();
    await judge.look(remo, `operators: a request by RAO, ${v.lang}`);
    await operator.approves(remo);

    await enrol.enters(v, demo, rita);
    for (const one of [olga, v, remo]) await one.close();
    judge.verdict();
  });
}, two);
