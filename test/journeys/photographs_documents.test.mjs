// Mira photographs her documents with the camera of her device: one is refused to the page, and she chooses a file instead. E02

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { open, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as enrol from './lib/enrol.mjs';
import { rows } from './lib/rows.mjs';
import { words } from './lib/words.mjs';

const mira = { name: 'Nina', surname: 'Richiesta', sex: 'F', born: ['10', '5', '1983'], province: 'CO', town: 'Bellagio', code: 'RCHNNI83E50A744F', email: 'mira.richiesta@example.org', phone: '+393331110098', document: 'CA00002AA' };
const camera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

for (const row of rows.filter((r) => r.scripts)) {
  describe(row.name, () => {
    const at = {};
    before(async () => { at.browser = await open(camera); at.demo = await start(); });
    after(async () => { await at.browser?.close(); await at.demo?.stop(); });

    story('Mira photographs her documents, and chooses a file where there is no camera', async () => {
      const judge = new Judge();
      const v = await visitor(at.browser, row);
      const t = words(v.lang);
      const field = (what) => v.page.locator('.atrio-file', { has: v.page.locator(`#${what}`) });
      const button = (what, key) => field(what).getByRole('button', { name: t(key) });
      await enrol.applies(v, at.demo, mira);
      await enrol.fillsIn(v, mira, { pictures: async () => {
        // Opened and closed: the camera is off, and nothing was taken.
        await button('document_back', 'ui.camera.open').click();
        await button('document_back', 'ui.camera.close').click();
        await button('document_back', 'ui.camera.open').waitFor();
        assert.equal(await v.page.locator('#document_back').evaluate((f) => f.files.length), 0);

        await button('document_front', 'ui.camera.open').click();
        await button('document_front', 'ui.camera.shoot').waitFor();
        await v.page.waitForFunction(() => [...document.querySelectorAll('video')].some((one) => one.videoWidth > 0));
        await judge.look(v, `documents: the camera is open, ${v.lang}`);
        await button('document_front', 'ui.camera.shoot').click();
        await field('document_front').getByRole('status').getByText(t('ui.camera.taken')).waitFor();
        assert.equal(await v.page.locator('#document_front').evaluate((f) => f.files[0].type), 'image/jpeg');
        assert.equal(await v.page.locator('video').evaluateAll((list) => list.filter((one) => one.srcObject).length), 0, 'the camera is off');
        await judge.look(v, `documents: a picture was taken, ${v.lang}`);

        // Without a camera, or when the person says no, the field is what it was.
        await v.page.evaluate(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError')); });
        await button('document_back', 'ui.camera.open').click();
        await field('document_back').getByRole('status').getByText(t('ui.camera.denied')).waitFor();
        for (const [seed, what] of ['document_back', 'health_card_front', 'health_card_back'].entries()) {
          await v.page.locator(`#${what}`).setInputFiles({ name: `${what}.png`, mimeType: 'image/png', buffer: enrol.picture(seed) });
        }
      } });

      // What came in is what the camera saw, and no other page may use it.
      const shown = await v.context.request.get(`${at.demo.idp}/enrol/picture/document_front`);
      assert.equal(shown.headers()['content-type'], 'image/jpeg');
      assert.match(shown.headers()['content-security-policy'], /^sandbox/);
      assert.match(shown.headers()['permissions-policy'], /camera=\(\)/);
      const elsewhere = await v.context.request.get(`${at.demo.idp}/enrol/request`);
      assert.match(elsewhere.headers()['permissions-policy'], /camera=\(\)/);
      const page = await v.page.goto(`${at.demo.idp}/enrol/documents`);
      assert.match(page.headers()['permissions-policy'], /camera=\(self\)/);
      assert.ok(await field('document_front').locator('img').evaluate((img) => img.naturalWidth >= 640));
      await v.close();
      judge.verdict();
    });
  });
}
