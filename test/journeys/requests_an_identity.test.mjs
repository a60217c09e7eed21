// Amal requests an identity of SPID and is identified at a Point; a second person decides, and she enters the gateway at level 2.

import { Judge } from './lib/axe.mjs';
import { story, visitor } from './lib/browser.mjs';
import * as enrol from './lib/enrol.mjs';
import { inEach } from './lib/rows.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

const nina = { name: 'Nina', surname: 'Richiesta', sex: 'F', born: ['10', '5', '1983'], province: 'CO', town: 'Bellagio', code: 'RCHNNI83E50A744F', email: 'nina.richiesta@example.org', phone: '+393331110099', document: 'CA00001AA' };

inEach((at, row) => {
  story('Nina requests an identity and books at a Point', async () => {
    const { demo, browser } = at;
    const judge = new Judge();
    const v = await visitor(browser, row);
    const t = words(v.lang);
    const seen = (name) => judge.look(v, `request: ${name}, ${v.lang}`);
    await enrol.applies(v, demo, nina, { seen });
    const number = await enrol.fillsIn(v, nina, { seen });
    await step.press(v, t('enrolment.request.point'), { role: 'link' });
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
    await v.close();
    judge.verdict();
  });
});
