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
