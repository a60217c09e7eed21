// Second factors of the account at the gateway, a function for each thing that a person does.

import * as step from './steps.mjs';
import { words } from './words.mjs';

/** byQR reads the key that the QR code carries, as the app does; byHand reads it from the page. */
export async function byQR(v) {
  const link = await v.page.getByRole('link', { name: words(v.lang)('enrolment.app.here') }).getAttribute('href');
  return new URL(link).searchParams.get('secret');
}

export async function byHand(v) {
  await v.page.getByText(words(v.lang)('enrolment.app.manual'), { exact: true }).click();
  return (await v.page.locator('#key').innerText()).replaceAll(' ', '');
}

/** app sets an app up from the page of choices, with recovery codes, and comes back there, unless a service waits; it gives the app. */
export async function app(v, demo, read = byQR, seen = async () => {}) {
  const t = words(v.lang);
  await step.press(v, t('enrolment.app.activate'), { role: 'link' });
  await step.heading(v, t('enrolment.app.title'));
  const key = { totp_secret: await read(v) };
  await seen('app');
  await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill(await step.appCode(demo, key));
  await step.press(v, t('enrolment.confirm'));
  await recovery(v, seen);
  return key;
}

/** sms sets a number up in the same way. */
export async function sms(v, demo, number, seen = async () => {}) {
  const t = words(v.lang);
  await step.press(v, t('enrolment.sms.activate'), { role: 'link' });
  await step.heading(v, t('enrolment.sms.title'));
  await seen('number');
  await v.page.getByLabel(t('enrolment.sms.number')).fill(number);
  await step.press(v, t('enrolment.sms.send'));
  await step.heading(v, t('enrolment.sms.code.title'));
  await seen('code of the number');
  await v.page.getByLabel(t('enrolment.sms.code'), { exact: true }).fill(await step.smsCode(demo, { phone: number }));
  await step.press(v, t('enrolment.confirm'));
  await recovery(v, seen);
  return { phone: number };
}

async function recovery(v, seen) {
  const t = words(v.lang);
  await step.heading(v, t('enrolment.recovery.title'));
  await step.press(v, t('enrolment.recovery.make'));
  await v.page.getByText(t('enrolment.recovery.once')).waitFor();
  await seen('recovery codes');
  // Who was on the way to a service goes on from here.
  const kept = v.page.getByRole('main').getByRole('link', { name: t('enrolment.recovery.kept'), exact: true });
  if (await kept.count() === 0) return;
  await kept.click();
  await step.heading(v, t('enrolment.title'));
}

/** prove answers the question for the second factor. */
export async function prove(v, demo, factor) {
  const t = words(v.lang);
  if (factor.totp_secret) {
    await step.heading(v, t('challenge.title.totp'));
    await v.page.getByLabel(t('challenge.label.totp')).fill(await step.appCode(demo, factor));
  } else {
    await step.heading(v, t('challenge.title.sms'));
    await step.press(v, t('challenge.sms.send'));
    await v.page.getByLabel(t('challenge.label.sms')).fill(await step.smsCode(demo, factor));
  }
  await step.press(v, t('challenge.submit'));
}
