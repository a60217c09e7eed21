// Bianca, who comes by SPID and by CIE, unlinks SPID, takes a copy of her data, closes her account, and has it opened again.
// In Italian and English, on a telephone and at a desk, with and without scripts: every pair of them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import { Desk } from './lib/desk.mjs';
import * as door from './lib/doors.mjs';
import { inEach } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

inEach((at, row) => {
  story('Bianca unlinks an identity, takes her data with her, closes her account, and has it opened again', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const person = await demo.person('Bianca');
    const byCIE = async () => {
      await v.page.goto(`${demo.gateway}/login`);
      await door.chooseCIE(v);
      await door.byCIE(v, person.name, 2);
      await door.send(v);
      v.lang = row.lang;
    };
    await v.page.goto(`${demo.gateway}/account`);
    await step.chooseSPID(v);
    await step.signIn(v, demo, person);
    const code = await step.firstEntry(v, person);
    await step.heading(v, t('selfcare.data.title'));

    // With one road only nothing can be unlinked.
    await step.press(v, t('selfcare.identities.manage'), { role: 'link' });
    await step.heading(v, t('selfcare.identities.manage'));
    await v.page.getByText(t('selfcare.identities.only')).waitFor();
    assert.equal(await v.page.getByRole('button', { name: t('selfcare.identities.unlink') }).count(), 0, 'the only road may be unlinked');

    // CIE is another road; then SPID goes, and CIE leads in all the same.
    await v.context.clearCookies();
    await byCIE();
    await step.heading(v, t('selfcare.data.title'));
    await v.page.goto(`${demo.gateway}/account/identities`);
    await judge.look(v, 'own account: linked identities');
    await v.page.locator('li', { hasText: 'SPID –' }).getByRole('button', { name: t('selfcare.identities.unlink') }).click();
    await v.page.getByText(t('selfcare.notice.unlinked')).waitFor();
    assert.equal(await v.page.locator('li', { hasText: 'SPID –' }).count(), 0, 'SPID is linked still');

    // Some minutes later another login is wanted for it; the file holds what is known.
    await demo.advance('20m');
    await v.page.goto(`${demo.gateway}/account/identities`);
    await step.heading(v, t('selfcare.fresh.title'));
    await judge.look(v, 'own account: enter again');
    await v.context.clearCookies();
    await byCIE();
    await step.heading(v, t('selfcare.data.title'));
    const [download] = await Promise.all([v.page.waitForEvent('download'), step.press(v, t('selfcare.export'))]);
    const file = JSON.parse(await readFile(await download.path(), 'utf8'));
    assert.equal(file.account.codice_persona, code, 'the file is of somebody else');
    assert.ok(file.identities.every((one) => one.door === 'cie') && file.history.length > 0, JSON.stringify(file.identities));

    // She closes it: nothing opens it any more, by any road.
    await step.press(v, t('selfcare.closing.title'), { role: 'link' });
    await step.heading(v, t('selfcare.closing.title'));
    await step.press(v, t('selfcare.closing.close'));
    await v.page.getByText(t('selfcare.closing.sure.required')).first().waitFor();
    await judge.look(v, 'own account: closing');
    await v.page.getByLabel(t('selfcare.closing.sure'), { exact: true }).check();
    await step.press(v, t('selfcare.closing.close'));
    await v.page.getByText(t('selfcare.notice.closed')).waitFor();
    await step.local(v, code);
    await step.heading(v, t('error.account.closed'));
    await byCIE();
    await step.heading(v, t('error.account.closed'));
    await judge.look(v, 'own account: closed');

    // She changes her mind: one clerk asks, another one decides.
    const desk = new Desk(browser, demo);
    const carla = await desk.works(row, 'Carla');
    await desk.find(carla, code);
    await desk.does(carla, 'reopen', 'Ha cambiato idea');
    await carla.page.getByText(t('helpdesk.notice.asked')).waitFor();
    const remo = await desk.works(row, 'Remo');
    await step.press(remo, t('helpdesk.request.approve'));
    await remo.page.getByText(t('helpdesk.notice.decided')).waitFor();
    await v.context.clearCookies();
    await byCIE();
    await step.heading(v, t('selfcare.data.title'));
    for (const one of [v, carla, remo]) await one.close();
    judge.verdict();
  });
});
