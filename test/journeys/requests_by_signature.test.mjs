// Nina has a digital signature: she signs the contract at home, a second person decides, and she enters a service of level 2 with the identity.
// And a wrong turn: her brother's certificate is refused, then she signs with her own.

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
const brother = { name: 'Mario', surname: 'Rossi', code: 'RSSMRA80A01H501U' };

/** signs lets the desk sign a contract in somebody's name, and gives the file as Playwright uploads it. */
async function signs(v, demo, contract, who, form, seen = async () => {}) {
  const t = words(v.lang);
  await v.page.goto(`${demo.desk}/sign`);
  await step.heading(v, t('signer.title'));
  await seen('the desk signs');
  await v.page.locator('#contract').setInputFiles({ name: 'contratto.pdf', mimeType: 'application/pdf', buffer: contract });
  await v.page.getByLabel(t('signer.fiscal_code'), { exact: true }).fill(who.code);
  await v.page.getByLabel(t('signer.given_name'), { exact: true }).fill(who.name);
  await v.page.getByLabel(t('signer.family_name'), { exact: true }).fill(who.surname);
  await v.page.getByLabel(t(`signer.form.${form}`), { exact: true }).check();
  return downloaded(v, () => step.press(v, t('signer.submit')));
}

async function downloaded(v, press) {
  const [download] = await Promise.all([v.page.waitForEvent('download'), press()]);
  return { name: download.suggestedFilename(), mimeType: 'application/octet-stream', buffer: await readFile(await download.path()) };
}

inEach((at, row) => {
  story('Nina signs the contract with a digital signature, and enters a service of level 2 with the identity', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const seen = (name) => judge.look(v, `by signature: ${name}, ${v.lang}`);
    await enrol.applies(v, demo, nina, { method: 'signature' });
    const number = await enrol.fillsIn(v, nina);
    await step.press(v, t('enrolment.request.identify.signature'), { role: 'link' });
    await step.heading(v, t('signing.sign.title'));
    await seen('how to sign');
    const { buffer: contract } = await downloaded(v, () => v.page.getByRole('link', { name: t('signing.sign.download'), exact: true }).click());

    // Her brother's card was still in the reader.
    const wrong = await signs(v, demo, contract, brother, row.lang === 'it' ? 'cades' : 'pades', seen);
    await v.page.goto(`${demo.idp}/enrol/signature`);
    await v.page.locator('#file').setInputFiles(wrong);
    await step.press(v, t('signing.sign.submit'));
    await v.page.getByText(t('idp.signature.cf_mismatch.help')).waitFor();
    await seen('somebody else signed');

    // Now with her own.
    const right = await signs(v, demo, contract, nina, row.lang === 'it' ? 'pades' : 'cades');
    await v.page.goto(`${demo.idp}/enrol/signature`);
    await v.page.locator('#file').setInputFiles(right);
    await step.press(v, t('signing.sign.submit'));
    await v.page.getByText(t('enrolment.state.operator_check'), { exact: true }).waitFor();
    await seen('signed');

    // A second person reads what was found, and that the proof is a file to keep, not a page.
    const remo = await operator.works(browser, demo, row, 'remo.prova@gestore.example.org');
    await operator.opens(remo, demo, number);
    await remo.page.getByText(`${nina.name} ${nina.surname} · ${nina.code}`).waitFor();
    await judge.look(remo, `operators: a request by signature, ${v.lang}`);
    const proof = await downloaded(remo, () => remo.page.getByRole('link', { name: t('review.kind.signature_verdict'), exact: true }).click());
    assert.equal(JSON.parse(proof.buffer).signer.fiscal_code, nina.code);
    const kept = await downloaded(remo, () => remo.page.getByRole('link', { name: t('review.kind.signed_contract'), exact: true }).click());
    assert.ok(kept.buffer.equals(right.buffer), 'the file that is kept is the one that was uploaded');
    await operator.approves(remo);

    await enrol.enters(v, demo, nina);
    for (const one of [v, remo]) await one.close();
    judge.verdict();
  });
}, two);
