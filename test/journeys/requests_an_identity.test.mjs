// Nina requests an identity of SPID, is identified at a Point, a second person decides, and she enters a service of level 2 with it.
// And a wrong turn: the second person asks for a picture again, and she gives it.
// In Italian and English, on a telephone and at a desk, with and without scripts: every pair of them; operators' keys need scripts.

import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as enrol from './lib/enrol.mjs';
import * as operator from './lib/operators.mjs';
import { inEach } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const nina = { name: 'Nina', surname: 'Richiesta', sex: 'F', born: ['10', '5', '1983'], province: 'CO', town: 'Bellagio', code: 'RCHNNI83E50A744F', email: 'nina.richiesta@example.org', phone: '+393331110099', document: 'CA00001AA' };

inEach((at, row) => {
  story('Nina requests an identity, is identified at a Point, and enters a service of level 2 with it', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const seen = (name) => judge.look(v, `request: ${name}, ${v.lang}`);
    await enrol.applies(v, demo, nina, { seen });
    const number = await enrol.fillsIn(v, nina, { seen });
    await step.press(v, t('enrolment.request.identify.point'), { role: 'link' });
    await step.heading(v, t('point.points.title'));
    await seen('Points');
    await v.page.getByLabel(t('point.points.where'), { exact: true }).fill('rom');
    await step.press(v, t('point.points.search'));
    await step.press(v, t('point.points.choose'), { role: 'link' });
    await step.heading(v, t('point.times.title', { point: 'Centro di prova di Roma' }));
    await seen('times');
    await v.page.locator('input[name=at]').first().check();
    await step.press(v, t('point.times.book'));
    await step.heading(v, t('slip.title'));
    await v.page.getByText(number, { exact: true }).waitFor();
    await seen('appointment');

    // At the Point: Carla sees person and documents, and the contract is signed by a code that comes to Nina's telephone.
    const carla = await operator.works(browser, demo, row, 'carla.prova@punto.example.org');
    await carla.page.goto(`${demo.idp}/operator/point`);
    await judge.look(carla, `operators: the Point, ${v.lang}`);
    await carla.page.goto(`${demo.idp}/operator/point/${number}`);
    await step.heading(carla, t('console.request.title', { number }));
    await judge.look(carla, `operators: a request at the Point, ${v.lang}`);
    await step.press(carla, t('console.code.send'));
    await carla.page.getByLabel(t('console.code.field'), { exact: true }).fill(await step.smsCode(demo, nina));
    await step.press(carla, t('console.code.sign'));
    await operator.ticks(carla);
    await step.press(carla, t('console.identify'));
    await operator.proves(carla, carla.page.getByRole('heading', { name: t('console.list.title'), exact: true }));

    // A second person asks for a picture again.
    const remo = await operator.works(browser, demo, row, 'remo.prova@gestore.example.org');
    await remo.page.goto(`${demo.idp}/operator/queue`);
    await judge.look(remo, `operators: the queue, ${v.lang}`);
    await step.press(remo, t('review.next'));
    await step.heading(remo, t('review.request.title', { number }));
    await judge.look(remo, `operators: a request to decide, ${v.lang}`);
    const asking = remo.page.locator('details', { has: remo.page.locator('input[value=ask_again]') });
    await asking.locator('summary').click();
    await asking.locator('[name=item_pictures]').check();
    await asking.locator('[name=why_pictures]').fill('Il fronte del documento non si legge');
    await asking.getByRole('button', { name: t('review.ask_again'), exact: true }).click();
    await operator.proves(remo, remo.page.getByRole('heading', { name: t('review.queue.title'), exact: true }));

    await v.page.goto(`${demo.idp}/enrol/request`);
    await v.page.getByText('Il fronte del documento non si legge').first().waitFor();
    await seen('something is missing');
    await v.page.goto(`${demo.idp}/enrol/documents`);
    await v.page.locator('#document_front').setInputFiles({ name: 'fronte.png', mimeType: 'image/png', buffer: enrol.picture(9) });
    await step.press(v, t('enrolment.next'));
    await step.press(v, t('enrolment.request.resubmit'));
    await v.page.getByText(t('enrolment.state.operator_check'), { exact: true }).waitFor();
    await seen('being checked');

    // Now it is right: the identity is made.
    await operator.opens(remo, demo, number);
    await operator.approves(remo);

    // With it she enters a service of level 2 at the gateway, for the first time.
    await enrol.enters(v, demo, nina);
    for (const one of [v, carla, remo]) await one.close();
    judge.verdict();
  });
});
