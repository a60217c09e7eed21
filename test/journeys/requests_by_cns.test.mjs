// Nina has a CNS: she signs the contract with a code, proves with her card who she is, a second person decides, and she enters a service of level 2.
// And a wrong turn: her brother's card was in the reader; she closes the browser and comes back with her own.
//
// The cards are files (PKCS#12) from the desk; the browser proves their keys to the listener (clientCertificates). A key in a token is tried by
// idp/proofing/cns in Go.

import { readFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as enrol from './lib/enrol.mjs';
import * as operator from './lib/operators.mjs';
import { inEach, two } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const nina = { name: 'Nina', surname: 'Richiesta', sex: 'F', born: ['10', '5', '1983'], province: 'CO', town: 'Bellagio', code: 'RCHNNI83E50A744F', email: 'nina.richiesta@example.org', phone: '+393331110099', document: 'CA00001AA' };
const brother = 'RSSMRA80A01H501U';

/** card gets a CNS from the desk, as Playwright gives it to a browser. */
async function card(v, demo, code, seen = async () => {}) {
  const t = words(v.lang);
  await v.page.goto(`${demo.desk}/card`);
  await step.heading(v, t('cardoffice.title'));
  await seen('the desk gives a card');
  await v.page.getByLabel(t('cardoffice.fiscal_code'), { exact: true }).fill(code);
  const [download] = await Promise.all([v.page.waitForEvent('download'), step.press(v, t('cardoffice.submit'))]);
  return { origin: demo.cards, pfx: await readFile(await download.path()), passphrase: 'prova' };
}

/** shows presses the button that asks for the card. */
const shows = (v) => step.press(v, words(v.lang)('idp.cns.submit'));

inEach((at, row) => {
  story('Nina is identified by her CNS, and enters a service of level 2 with the identity', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const office = await visitor(browser, row);
    const seen = (v) => (name) => judge.look(v, `by CNS: ${name}, ${v.lang}`);
    const wrong = await card(office, demo, brother, seen(office));
    const right = await card(office, demo, nina.code);
    await office.close();

    // Her brother's card was still in the reader.
    let v = await visitor(browser, { ...row, ignoreHTTPSErrors: true, clientCertificates: [wrong] });
    const t = words(v.lang);
    await enrol.applies(v, demo, nina, { method: 'cns' });
    const number = await enrol.fillsIn(v, nina);
    await enrol.signsByCode(v, demo, nina, { seen: seen(v) });
    await step.heading(v, t('idp.cns.title'));
    await seen(v)('how to use the card');
    await shows(v);
    await v.page.getByText(t('idp.cns.refused.other_person.help')).waitFor();
    assert.equal(new URL(v.page.url()).origin, demo.idp);
    await seen(v)('somebody else’s card');
    await v.close();

    // Another browser, with her own card.
    v = await visitor(browser, { ...row, ignoreHTTPSErrors: true, clientCertificates: [right] });
    await v.page.goto(`${demo.idp}/enrol/cns`);
    await enrol.signsIn(v, nina);
    await step.press(v, t('enrolment.request.identify.cns'), { role: 'link' });
    await shows(v);
    await v.page.getByText(t('enrolment.state.operator_check'), { exact: true }).waitFor();
    await v.page.getByText(t('idp.cns.notice.identified')).waitFor(); // leave a shared computer clean
    await seen(v)('identified');

    // A second person reads what was found.
    const remo = await operator.works(browser, demo, row, 'remo.prova@gestore.example.org');
    await operator.opens(remo, demo, number);
    await remo.page.getByText(t('review.fact.cns_holder'), { exact: true }).waitFor();
    await remo.page.getByText(t('review.kind.card_verdict'), { exact: true }).waitFor();
    await judge.look(remo, `operators: a request by CNS, ${v.lang}`);
    await operator.approves(remo);

    await enrol.enters(v, demo, nina);
    for (const one of [v, remo]) await one.close();
    judge.verdict();
  });
}, two);
