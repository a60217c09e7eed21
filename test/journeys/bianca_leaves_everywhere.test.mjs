// Bianca uses a computer of the library at level 1, where her provider keeps a session too.
// Whichever of the two she leaves, the other has to know, with scripts and without.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { open, story, visitor, whole } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser, known;
const deaf = createServer(() => {}); // takes every call and never answers
before(async () => {
  browser = await open([], whole); // the other shows nothing of a page that waits for the next one
  demo = await start();
  await new Promise((done) => { deaf.listen(0, '127.0.0.1', done); });
});
after(async () => {
  deaf.closeAllConnections();
  deaf.close();
  await browser?.close();
  await demo?.stop();
});

/** silence lets nobody answer at the addresses that fit. */
async function silence(v, addresses) {
  await v.context.route(addresses, (route) => route.continue({ url: `http://127.0.0.1:${deaf.address().port}/` }));
}

/** enter signs Bianca in to a service that is content with level 1. */
async function enter(v) {
  const t = words(v.lang);
  const bianca = await demo.person('Bianca');
  await v.page.goto(`${demo.desk}/service/start?client=servizio-livello-1`);
  await step.heading(v, t('doors.choice.title'));
  await step.chooseSPID(v);
  await step.password(v, bianca);
  await v.page.getByRole('button', { name: t('idp.consent.yes'), exact: true }).waitFor();
  await step.consent(v);
  if (!known) await step.firstEntry(v, bianca, { level: 1 });
  known = true;
  await v.page.getByRole('heading', { name: t('demo.service.told') }).waitFor();
}

/** stays tells whether the provider still knows her. */
async function stays(v) {
  const answer = await v.context.request.get(`${demo.idp}/account`);
  return answer.url().endsWith('/account');
}

for (const scripts of [true, false]) {
  const how = scripts ? 'with scripts' : 'without scripts';

  story(`who leaves the service leaves the gateway and the provider, ${how}`, async () => {
    const v = await visitor(browser, { scripts });
    const t = words(v.lang);
    await enter(v);
    assert.ok(await stays(v), 'the provider keeps a session at level 1');
    await step.press(v, t('demo.service.logout'), { role: 'link' });
    await v.page.waitForURL(`${demo.desk}/service`);
    assert.equal((await step.session(v, demo)).status, 401);
    assert.ok(!await stays(v), 'the provider has ended its session');
    await v.close();
  });

  story(`who leaves the provider leaves the gateway, ${how}`, async () => {
    const v = await visitor(browser, { scripts });
    const t = words(v.lang);
    await enter(v);
    await v.page.goto(`${demo.idp}/account`);
    await step.press(v, t('idp.account.logout'));
    await step.heading(v, t('idp.leaving.title'));
    await v.page.getByText(t('idp.notice.logout')).waitFor();
    assert.equal((await step.session(v, demo)).status, 401);
    await v.close();
  });
}

story('a provider that never answers keeps nobody from going on', async () => {
  const v = await visitor(browser);
  const t = words(v.lang);
  const judge = new Judge();
  await enter(v);
  await silence(v, `${demo.idp}/slo?**`);
  await v.page.goto(`${demo.gateway}/logout`);
  await v.page.getByRole('main').getByRole('button', { name: t('sso.logout.go'), exact: true }).click({ noWaitAfter: true });
  await step.heading(v, t('exit.leaving.title'));
  assert.equal((await step.session(v, demo)).status, 401);
  // She presses "Continua senza aspettare"; the tool that drives the browser cannot press anything on a page that
  // waits, so the address opens beside it.
  const beside = { ...v, page: await v.context.newPage() };
  await beside.page.goto(`${demo.gateway}/spid/slo/unanswered`);
  await beside.page.getByText(t('exit.left.unanswered', { provider: 'Identità di Prova' })).waitFor();
  await judge.look(beside, 'gateway: left, no answer');
  judge.verdict();
  await v.close();
});

for (const scripts of [true, false]) {
  story(`a service that never answers is named, and the rest goes on, ${scripts ? 'with' : 'without'} scripts`, async () => {
    const v = await visitor(browser, { scripts });
    const t = words(v.lang);
    const judge = new Judge();
    await enter(v);
    await silence(v, `${demo.gateway}/spid/slo?**`);
    await v.page.goto(`${demo.idp}/account`);
    await v.page.getByRole('main').getByRole('button', { name: t('idp.account.logout'), exact: true }).click({ noWaitAfter: true });
    await step.heading(v, t('idp.leaving.title'));
    if (!scripts) await v.page.getByRole('link', { name: t('idp.leaving.go'), exact: true }).click();
    await step.heading(v, t('idp.outcome.title'));
    await judge.look(v, 'idp: not all have confirmed');
    assert.ok(!await stays(v));
    judge.verdict();
    await v.close();
  });
}
