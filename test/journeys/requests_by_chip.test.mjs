// Chiara requests an identity of SPID with her electronic document: a telephone reads its chip, she films her face, a second
// person compares both, and she enters a service of level 2 with it.
// In Italian she films herself live, on a telephone; in English she has no camera and sends a
// film, after a wrong turn: she lays somebody else's document down first.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { open, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as enrol from './lib/enrol.mjs';
import * as operator from './lib/operators.mjs';
import { rows } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const chiara = {
  name: 'Chiara', surname: 'Elettronica', sex: 'F', born: ['14', '3', '1988'], province: 'CO', town: 'Bellagio', code: 'LTTCHR88C54A744T', email: 'chiara.elettronica@example.org',
  phone: '+393331110088', document: 'CA00031AA', issued: ['12', '4', '2023'], expires: ['10', '5', '2033'],
};

/** eyes are the camera of Chromium, as flags. */
const eyes = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** film begins as a film of a browser does; what is in it is for people. */
const film = Buffer.concat([Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104', 'hex'), Buffer.alloc(64 << 10, 7)]);

/** reads has the telephone at the desk read a document, with a new code. */
async function reads(v, demo, paper, { can, seen }) {
  const t = words(v.lang);
  await step.heading(v, t('chip.title'));
  if (can) {
    await v.page.locator('#opener-can').check();
    await v.page.locator('#can').fill(can);
  }
  await step.press(v, t('chip.code.make'));
  await step.heading(v, t('chip.code.title'));
  await seen(`a code for ${paper}`);
  const code = await v.page.locator('#pairing-code').innerText();
  const telephone = await v.context.newPage();
  await telephone.goto(`${demo.desk}/phone`);
  await telephone.locator('#code').fill(code);
  await telephone.locator(`#paper-${paper}`).check();
  await telephone.getByRole('button', { name: t('demo.phone.read'), exact: true }).click();
  await telephone.getByText(t('demo.phone.done')).waitFor();
  await telephone.close();
  await step.press(v, t('chip.code.done'), { role: 'link' });
}

/** films does before the camera what the server asks for, one thing at a time. */
async function films(v, seen) {
  const t = words(v.lang);
  await step.press(v, t('chip.live.go.false'));
  await v.page.locator('dialog[data-filming] [data-say]', { hasText: /./ }).waitFor();
  await seen('filming');
  // Whatever is asked for is done at once; what comes by itself is waited for.
  await v.page.waitForFunction(() => {
    const done = document.querySelector('dialog[open] [data-press=next]');
    if (done && !done.hidden && !done.disabled) done.click();
    return document.querySelector('form[action$="/live/send"]') !== null;
  });
  await v.page.getByText(t('chip.live.ready'), { exact: true }).waitFor();
  await seen('the film is ready');
}

for (const row of [rows[0], rows[3]]) {
  const live = row === rows[0];
  describe(row.name, () => {
    const at = {};
    before(async () => { [at.browser, at.demo] = await Promise.all([open(live ? eyes : []), start()]); });
    after(async () => { await at.browser?.close(); await at.demo?.stop(); });

    story('Chiara requests an identity with her electronic document and enters a service of level 2 with it', async () => {
      const { demo, browser } = at;
      const judge = new Judge();
      const v = await visitor(browser, row);
      const t = words(v.lang);
      const seen = (name) => judge.look(v, `chip: ${name}, ${v.lang}`);
      await enrol.applies(v, demo, chiara, { method: 'chip' });
      const number = await enrol.fillsIn(v, chiara);

      // The contract first, with a code by SMS.
      await step.press(v, t('enrolment.request.sign'), { role: 'link' });
      await step.press(v, t('sign.send'));
      await v.page.getByLabel(t('sign.code'), { exact: true }).fill(await step.smsCode(demo, chiara));
      await step.press(v, t('sign.go'));

      await step.heading(v, t('chip.title'));
      await seen('before reading');
      if (!live) { // somebody else's document opens with its own number, and is not hers
        await reads(v, demo, 'enzo', { can: '123456', seen: async () => {} });
        await v.page.getByText(t('chip.refused.document')).waitFor();
        await seen('another document');
      }

      await reads(v, demo, 'chiara', { seen });
      await v.page.getByText(t('chip.read', { name: 'ELETTRONICA, CHIARA' })).waitFor();
      await seen('read');
      await step.press(v, t('chip.read.go.true'), { role: 'link' });
      await step.heading(v, t('chip.face.title'));
      await seen('before the film');
      if (live) {
        await films(v, seen);
      } else {
        await step.press(v, t('chip.upload.begin'));
        await v.page.getByText(t('chip.face.do')).waitFor();
        await seen('what to do in the film');
        await v.page.locator('#film').setInputFiles({ name: 'viso.webm', mimeType: 'video/webm', buffer: film });
      }
      await step.press(v, t('chip.film.send'));
      await v.page.getByText(t('enrolment.state.operator_check'), { exact: true }).waitFor();

      // A second person sees portrait and film, and says that they compared them.
      const remo = await operator.works(browser, demo, row, 'remo.prova@gestore.example.org');
      await operator.opens(remo, demo, number);
      await judge.look(remo, `chip: what the operator sees, ${v.lang}`);
      await remo.page.getByAltText(t('review.picture.portrait')).waitFor();
      const video = remo.page.locator('video');
      const got = await remo.context.request.get(`${demo.idp}${await video.getAttribute('src')}`);
      assert.equal(got.headers()['content-type'], 'video/webm');
      if (live) {
        await remo.page.getByText(t('review.film.live')).waitFor();
        await remo.page.locator('[data-seek]').nth(2).click(); // the third thing that was asked for
        await remo.page.waitForFunction(() => { const v = document.querySelector('video'); return v.currentTime > 1 && v.videoWidth >= 640; });
      } else {
        await remo.page.getByText(t('review.film.upload'), { exact: true }).waitFor();
        assert.ok(film.equals(await got.body()), 'the film is the one that was sent');
      }
      const approving = remo.page.locator('details', { has: remo.page.locator('input[value=approve]') });
      await approving.locator('summary').click();
      await remo.page.getByLabel(t('review.doubt.face')).waitFor();
      await approving.locator('summary').click();
      await operator.approves(remo);

      await enrol.enters(v, demo, chiara);
      for (const one of [v, remo]) await one.close();
      judge.verdict();
    });
  });
}
