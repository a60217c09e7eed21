// Bianca makes a passkey, is asked for it before she changes something, and comes in with it alone.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Judge } from './lib/axe.mjs';
import { open, phone, story, visitor } from './lib/browser.mjs';
import { start } from './lib/demo.mjs';
import * as step from './lib/steps.mjs';
import { words } from './lib/words.mjs';

let demo, browser;
before(async () => { browser = await open(); demo = await start(); });
after(async () => { await browser?.close(); await demo?.stop(); });

/** device gives the browser an authenticator that is touched at once, with a finger that it knows. */
async function device(v) {
  const line = await v.context.newCDPSession(v.page);
  await line.send('WebAuthn.enable');
  const { authenticatorId } = await line.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } });
  return { known: (yes) => line.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: yes }) };
}

/** signIn enters the gateway by SPID. */
async function signIn(v, name) {
  const t = words(v.lang);
  const person = await demo.person(name);
  await v.page.goto(`${demo.gateway}/login`);
  await step.chooseSPID(v);
  await step.signIn(v, demo, person);
  await step.firstEntry(v, person);
  await step.heading(v, t('selfcare.data.title'));
}

for (const [name, world] of [['Bianca, at a desk', { lang: 'it' }], ['Amira, on a telephone', { lang: 'en', screen: phone }]]) {
  story(`${name}, makes a passkey, proves it, and enters with it alone`, async () => {
    const v = await visitor(browser, world);
    const t = words(v.lang);
    const judge = new Judge();
    const finger = await device(v);
    await signIn(v, name.split(',')[0]);
    await v.page.goto(`${demo.gateway}/account/second-factor`);
    await step.press(v, t('enrolment.passkey.activate'), { role: 'link' });
    await step.heading(v, t('enrolment.passkey.title'));
    await judge.look(v, 'gateway: make a passkey');
    await v.page.getByLabel(t('enrolment.passkey.label')).fill('casa');
    await step.press(v, t('enrolment.passkey.make'));
    await v.page.getByText(t('enrolment.notice.passkey')).waitFor();
    await v.page.goto(`${demo.gateway}/account/second-factor`);
    await v.page.getByRole('heading', { name: 'casa', exact: true }).waitFor();

    // Minutes later it says who is there.
    await demo.advance('10m');
    await v.page.goto(`${demo.gateway}/account`);
    await demo.advance('6m');
    await v.page.goto(`${demo.gateway}/account/second-factor/app`);
    await step.heading(v, t('enrolment.confirm.title'));
    await step.press(v, t('enrolment.confirm.factor'));
    await step.heading(v, t('challenge.title.passkey'));
    await judge.look(v, 'gateway: use a passkey');
    await step.press(v, t('challenge.passkey.go'));
    await step.heading(v, t('enrolment.app.title'));

    // Out, and in again with the passkey alone; a finger that is not known opens nothing.
    await v.page.getByRole('banner').getByRole('button', { name: t('ui.logout') }).click();
    await v.page.goto(`${demo.gateway}/login`);
    assert.equal((await step.session(v, demo)).status, 401);
    await step.press(v, t('doors.passkey'), { role: 'link' });
    await step.heading(v, t('passkeydoor.title'));
    await judge.look(v, 'gateway: enter with a passkey');
    await finger.known(false);
    await step.press(v, t('passkeydoor.go'));
    await v.page.getByText(t('passkeydoor.failed')).waitFor();
    await judge.look(v, 'gateway: the passkey did not answer');
    await finger.known(true);
    await step.press(v, t('passkeydoor.go'));
    await step.heading(v, t('selfcare.data.title'));
    const session = await step.session(v, demo);
    assert.equal(session.method, 'passkey');
    assert.ok(session.amr.includes('mfa'));

    // On to a service, which is another origin.
    await v.context.clearCookies();
    await step.portalLogin(v, demo);
    await step.press(v, t('doors.passkey'), { role: 'link' });
    await step.press(v, t('passkeydoor.go'));
    await step.heading(v, t('profile.title.first'));
    judge.verdict();
    await v.close();
  });
}

story('without scripts the pages say what to do instead', async () => {
  const v = await visitor(browser, { scripts: false });
  const t = words(v.lang);
  const judge = new Judge();
  await v.page.goto(`${demo.gateway}/login`);
  await step.press(v, t('doors.passkey'), { role: 'link' });
  await v.page.getByText(t('passkeydoor.missing')).waitFor();
  assert.equal(await v.page.getByRole('button', { name: t('passkeydoor.go') }).count(), 0);
  await judge.look(v, 'gateway: passkeys without scripts');
  await step.press(v, t('gateway.action.other'), { role: 'link' });
  await step.heading(v, t('doors.choice.title'));
  judge.verdict();
  await v.close();
});
