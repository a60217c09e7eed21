// The people who work at the provider, each with a browser and a key of their own.

import { visitor } from './browser.mjs';
import * as step from './steps.mjs';
import { words } from './words.mjs';

/** works makes an operator's key by the mailed invitation and signs in with it. Keys need scripts. */
export async function works(browser, demo, row, address) {
  const v = await visitor(browser, { ...row, scripts: true });
  const t = words(v.lang);
  const line = await v.context.newCDPSession(v.page);
  await line.send('WebAuthn.enable');
  await line.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } });
  const { text } = await demo.message(address, (m) => /\/operator\/invitation\?/.test(m.text));
  await v.page.goto(text.match(/http\S+\/operator\/invitation\?\S+/)[0]);
  await step.heading(v, t('operator.key.title'));
  await v.page.getByLabel(t('operator.key.label'), { exact: true }).fill('chiave di prova');
  await step.press(v, t('operator.key.go'));
  await step.heading(v, t('operator.login.title'));
  await step.press(v, t('operator.login.go'));
  await v.page.waitForURL(`${demo.idp}/operator`);
  return v;
}

/** proves answers the page that asks for the key again, when it comes; `then` is what is seen afterwards. */
export async function proves(v, then) {
  const t = words(v.lang);
  const again = v.page.getByRole('button', { name: t('operator.confirm.go'), exact: true });
  await again.or(then).first().waitFor();
  if (await again.count() > 0) await again.click();
  await then.first().waitFor();
}

/** ticks ticks every box of the form that identifies or approves. */
export async function ticks(v) {
  for (const box of await v.page.locator('form[action$="/identify"] input[type=checkbox], form[action$="/decide"]:has(input[name=act][value=approve]) input[type=checkbox]').all()) await box.check();
}

/** opens takes the next request of the queue, which has this number. */
export async function opens(v, demo, number) {
  const t = words(v.lang);
  await v.page.goto(`${demo.idp}/operator/queue`);
  await step.press(v, t('review.next'));
  await step.heading(v, t('review.request.title', { number }));
}

/** approves approves the request that is open: every tick, and the key. */
export async function approves(v) {
  const t = words(v.lang);
  const approving = v.page.locator('details', { has: v.page.locator('input[value=approve]') });
  await approving.locator('summary').click();
  await ticks(v);
  await approving.getByRole('button', { name: t('review.approve'), exact: true }).click();
  await proves(v, v.page.getByRole('heading', { name: t('review.queue.title'), exact: true }));
}
