// Nora has a CIE and no SPID; Oksana works in Czechia and has no codice fiscale; Ottavio is 80.
// They enter by the two other doors, or learn why they cannot.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { desktop, open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as door from './lib/doors.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
// The node is made to say that our request is wrong: that wakes whoever runs the gateway.
after(async () => { await browser?.close(); await demo?.stop('status-success.nr18'); });

// Pairwise: language, screen, scripts.
const atADesk = { lang: 'it', screen: desktop };
const onAPhone = { lang: 'en', screen: phone };
const withoutScripts = { lang: 'en', screen: phone, scripts: false };

/** refused waits for the page of the gateway that says what went wrong, and judges it; it has no other language of its own. */
async function refused(judge, v, name) {
  await v.page.waitForURL((at) => at.origin === demo.gateway);
  v.lang = await v.page.locator('html').getAttribute('lang');
  await v.page.getByRole('link', { name: words(v.lang)('gateway.action.other'), exact: true }).waitFor();
  await judge.look(v, `${name}, ${v.lang}`);
  assert.equal((await step.session(v, demo)).status, 401, `${name}: nobody is signed in`);
}

story('Nora enters with CIE by her card, at a desk, and comes back by the app', async () => {
  const judge = new Judge();
  const v = await visitor(browser, atADesk);
  await step.portalLogin(v, demo);
  await door.chooseCIE(v);
  await judge.both(v, 'CIE: who and how');
  await judge.provoked(v, 'CIE: too weak a way', async (w) => {
    await w.page.getByLabel('Ottavio Inventato').check();
    await w.page.getByLabel(words(w.lang)('demo.cie.way.1'), { exact: true }).check();
    await step.press(w, words(w.lang)('demo.simulator.continue'));
    await w.page.locator('.atrio-errors').waitFor();
  });
  await door.byCIE(v, 'Nora Fittizia', 3);
  await step.heading(v, words(v.lang)('demo.simulator.consent.title'));
  await judge.both(v, 'CIE: consent');
  await door.send(v);
  const code = await door.firstEntryWithMail(v, demo, 'Nora Fittizia', 'nora@example.org');
  await step.profile(v);
  await step.terms(v);
  await step.dashboard(v);
  await v.close();

  const again = await visitor(browser, onAPhone);
  await step.portalLogin(again, demo);
  await door.chooseCIE(again);
  await door.byCIE(again, 'Nora Fittizia', 2);
  await door.send(again);
  await step.dashboard(again);
  const session = await step.session(again, demo);
  assert.equal(session.codice_persona, code);
  await again.close();
  judge.verdict();
});

story('Bianca, who came with SPID, enters with CIE into the same account', async () => {
  const bianca = await demo.person('Bianca');
  const v = await visitor(browser, atADesk);
  const code = await step.arriveForTheFirstTime(v, demo, bianca);
  await v.close();
  const again = await visitor(browser, atADesk);
  await step.portalLogin(again, demo);
  await door.chooseCIE(again);
  await door.byCIE(again, 'Bianca Esempio', 2);
  await door.send(again);
  await step.dashboard(again);
  assert.equal((await step.session(again, demo)).codice_persona, code);
  await again.close();
});

for (const [how, name] of [[atADesk, 'at a desk'], [withoutScripts, 'on a phone without scripts']]) {
  story(`every error of CIE has its page: ${name}`, async () => {
    const judge = new Judge();
    for (const code of [21, 22, 23, 25]) {
      const v = await visitor(browser, how);
      await step.portalLogin(v, demo);
      await door.chooseCIE(v);
      if (code === 21) {
        await step.press(v, words(v.lang)('demo.simulator.trial'), { role: 'link' });
        await judge.both(v, 'CIE: other outcomes');
        await step.press(v, words(v.lang)('demo.trial.back'), { role: 'link' });
      }
      await door.outcome(v, words(v.lang)('demo.trial.code', { code }));
      await refused(judge, v, `gateway: CIE error ${code}`);
      await v.close();
    }
    judge.verdict();
  });
}

story('Ottavio has level 1 only and cancels; Sandra has a card that expired', async () => {
  const judge = new Judge();
  const v = await visitor(browser, withoutScripts);
  await step.portalLogin(v, demo);
  await door.chooseCIE(v);
  await step.press(v, words(v.lang)('demo.simulator.cancel'));
  await step.forward(v);
  await refused(judge, v, 'gateway: Ottavio cancelled');
  await v.close();
  const sandra = await visitor(browser, onAPhone);
  await step.portalLogin(sandra, demo);
  await door.chooseCIE(sandra);
  await door.byCIE(sandra, 'Sandra Scaduta', 3);
  await step.heading(sandra, words(sandra.lang)('demo.cie.expired.title'));
  await judge.look(sandra, 'CIE: expired card');
  await step.press(sandra, words(sandra.lang)('demo.cie.expired.back'));
  await refused(judge, sandra, 'gateway: expired card');
  await sandra.close();
  judge.verdict();
});

story('answers of CIE that are wrong let nobody in', async () => {
  const judge = new Judge();
  for (const kind of ['signature', 'expired', 'level', 'attribute', 'audience', 'request', 'replay']) {
    const v = await visitor(browser, kind === 'level' ? onAPhone : atADesk);
    await step.portalLogin(v, demo);
    await door.chooseCIE(v);
    await door.outcome(v, words(v.lang)(`demo.trial.spoilt.${kind}`));
    await refused(judge, v, `gateway: CIE, ${kind}`);
    await v.close();
  }
  judge.verdict();
});

story('Oksana enters with the identity of another country, on a phone, in English', async () => {
  const judge = new Judge();
  const v = await visitor(browser, onAPhone);
  await step.portalLogin(v, demo);
  await door.chooseEIDAS(v);
  await judge.both(v, 'eIDAS: countries');
  await v.page.getByRole('link', { name: 'Czechia' }).click();
  await judge.both(v, 'eIDAS: people of a country');
  await step.press(v, words(v.lang)('demo.eidas.other'), { role: 'link' });
  await door.byEIDAS(v, 'Czechia', 'Оксана Приклад');
  await step.heading(v, words(v.lang)('demo.simulator.consent.title'));
  await judge.both(v, 'eIDAS: consent');
  await door.send(v);
  v.lang = 'en';
  await door.firstEntryWithMail(v, demo, 'Oksana Pryklad', 'oksana@example.org');
  await step.profile(v);
  await step.terms(v);
  await step.dashboard(v);
  assert.equal((await step.session(v, demo)).name, 'Oksana Pryklad');
  await v.close();
  judge.verdict();
});

story('a German professor enters without scripts; a person of level low does not', async () => {
  const judge = new Judge();
  const joerg = await visitor(browser, { lang: 'en', screen: desktop, scripts: false });
  await step.portalLogin(joerg, demo);
  await door.chooseEIDAS(joerg);
  await door.byEIDAS(joerg, 'Germany', 'Jörg Müßiggang-Beispiel', 'high');
  await door.send(joerg);
  await door.firstEntryWithMail(joerg, demo, 'Jörg Müßiggang-Beispiel', 'joerg@example.org');
  await joerg.close();
  const luis = await visitor(browser, onAPhone);
  await step.portalLogin(luis, demo);
  await door.chooseEIDAS(luis);
  await door.byEIDAS(luis, 'Portugal', 'Luís Exemplo', 'low');
  await luis.page.locator('.atrio-errors').waitFor();
  await judge.look(luis, 'eIDAS: too low');
  await door.outcome(luis, words(luis.lang)('demo.trial.code', { code: 20 }));
  await refused(judge, luis, 'gateway: eIDAS error 20');
  await luis.close();
  const v = await visitor(browser, atADesk);
  await step.portalLogin(v, demo);
  await door.chooseEIDAS(v);
  await step.press(v, words(v.lang)('demo.simulator.trial'), { role: 'link' });
  await judge.both(v, 'eIDAS: other outcomes');
  await step.press(v, words(v.lang)('demo.trial.code', { code: 18 }), { exact: false });
  await refused(judge, v, 'gateway: eIDAS error 18');
  await v.close();
  judge.verdict();
});

story('a parent approves 23 hours later and Pietro enters; Zoe is too young', async () => {
  const judge = new Judge();
  const v = await visitor(browser, atADesk);
  await v.page.goto(`${demo.desk}/service/start?client=servizio-ragazzi`);
  await step.heading(v, words(v.lang)('doors.choice.title'));
  await door.chooseCIE(v);
  await door.byCIE(v, 'Pietro Minorenne', 2);
  await step.heading(v, words(v.lang)('demo.simulator.consent.title'));
  await demo.advance('23h');
  await door.send(v);
  await door.firstEntryWithMail(v, demo, 'Pietro Minorenne', 'pietro@example.org');
  await v.page.getByRole('heading', { name: words(v.lang)('demo.service.told') }).waitFor();
  assert.equal((await step.session(v, demo)).name, 'Pietro Minorenne');
  await v.close();
  const zoe = await visitor(browser, onAPhone);
  await zoe.page.goto(`${demo.desk}/service/start?client=servizio-ragazzi`);
  await step.heading(zoe, words(zoe.lang)('doors.choice.title'));
  await door.chooseCIE(zoe);
  await door.byCIE(zoe, 'Zoe Piccina', 2);
  await door.send(zoe);
  await zoe.page.getByRole('link', { name: words(zoe.lang)('gateway.action.account'), exact: true }).waitFor();
  await judge.look(zoe, 'gateway: too young');
  await zoe.close();
  judge.verdict();
});

story('Märt comes back with a new identifier and links it by the old one', async () => {
  const judge = new Judge();
  const enter = async (how, which) => {
    const v = await visitor(browser, how);
    await v.page.goto(`${demo.gateway}/login`);
    await door.chooseEIDAS(v);
    await door.byEIDAS(v, 'Estonia', 'Märt Näidis', 'high', which);
    await door.send(v);
    v.lang = how.lang;
    return v;
  };
  const before = await enter(atADesk, 0);
  const code = await door.firstEntryWithMail(before, demo, 'Märt Näidis', 'maert@example.org');
  await before.close();

  const v = await enter(onAPhone, 1);
  await step.heading(v, words(v.lang)('relink.known.title'));
  await judge.both(v, 'gateway: perhaps known');
  await step.press(v, words(v.lang)('relink.known.mine'));
  await door.chooseEIDAS(v);
  await door.byEIDAS(v, 'Estonia', 'Märt Näidis', 'high', 0);
  await door.send(v);
  v.lang = 'en';
  await step.heading(v, words(v.lang)('relink.link.title'));
  await judge.both(v, 'gateway: link the new identity?');
  await step.press(v, words(v.lang)('relink.link.yes'));
  await v.page.getByText(words(v.lang)('relink.notice.linked')).waitFor();
  await v.close();

  const after = await enter(withoutScripts, 1);
  await after.page.waitForURL(`${demo.gateway}/account`);
  assert.equal((await step.session(after, demo)).codice_persona, code);
  await after.close();
  judge.verdict();
});
