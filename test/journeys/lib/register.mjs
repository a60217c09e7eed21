// The registration without a digital identity, a function for each page. A step ends when
// the next page is asked for.

import * as step from './steps.mjs';
import { words } from './words.mjs';

/** told waits for a sentence in the main part of the page. */
export const told = (v, text) => v.page.getByRole('main').getByText(text).first().waitFor();
/** field is the control with a label. */
export const field = (v, key) => v.page.getByLabel(words(v.lang)(key), { exact: true });
/** optional fields say so in their labels. */
export const optional = (v, key) => v.page.getByLabel(`${words(v.lang)(key)} ${words(v.lang)('ui.optional')}`, { exact: true });

/** begin opens the registration from the login page, or from the one that is open: `here`. */
export async function begin(v, demo, here = false) {
  const t = words(v.lang);
  if (!here) await v.page.goto(`${demo.gateway}/login`);
  await step.press(v, t('doors.credentials.register'), { role: 'link' });
  await step.heading(v, t('wizard.start.title'));
  await told(v, t('wizard.start.ready'));
  await step.press(v, t('wizard.start.begin'));
  await step.heading(v, t('wizard.identity.title'));
}

/** names, birth and the rest of the first step; what is left out stays as it is. */
export async function identity(v, who) {
  const t = words(v.lang);
  await field(v, 'wizard.family_name').fill(who.surname);
  await field(v, 'wizard.given_name').fill(who.name);
  await v.page.locator(`input[name=sex][value=${who.sex}]`).check();
  for (const [key, value] of [['day', who.born[0]], ['month', who.born[1]], ['year', who.born[2]]]) await field(v, `wizard.birth.${key}`).fill(value);
  await field(v, 'wizard.birth_state').selectOption({ label: who.state });
  if (who.province) await field(v, 'wizard.birth_province').selectOption(who.province);
  if (who.town) await field(v, 'wizard.birth_town').fill(who.town);
  await field(v, 'wizard.citizenship').selectOption({ label: who.citizenship });
  if (who.other) await v.page.locator('#other_citizenship').selectOption({ label: who.other });
  await v.page.locator(`input[name=has_fiscal_code][value=${who.code ? 'have' : 'none'}]`).check();
  if (who.code) await field(v, 'wizard.fiscal').fill(who.code);
  await field(v, 'wizard.email').fill(who.email);
  await step.press(v, t('wizard.next'));
}

/** code reads the code from the mail and enters it. */
export async function code(v, demo, email) {
  const t = words(v.lang);
  await step.heading(v, t('registration.code.title'));
  const mail = await demo.message(email, (m) => /\b\d{6}\b/.test(m.text));
  await field(v, 'registration.code').fill(mail.text.match(/\b\d{6}\b/)[0]);
  await step.press(v, t('registration.code.confirm'));
  return mail;
}

export async function residence(v, home) {
  const t = words(v.lang);
  await step.heading(v, t('wizard.residence.title'));
  await field(v, 'wizard.residence.state').selectOption({ label: home.state });
  if (home.province) await field(v, 'wizard.residence.province').selectOption(home.province);
  await field(v, 'wizard.residence.town').fill(home.town);
  await field(v, 'wizard.residence.street').fill(home.street);
  await field(v, 'wizard.residence.postal').fill(home.postal);
  if (home.chosen) await optional(v, 'wizard.chosen_name').fill(home.chosen);
  await step.press(v, t('wizard.next'));
}

export async function consents(v) {
  const t = words(v.lang);
  await step.heading(v, t('wizard.consents.title'));
  await field(v, 'registration.notice').check();
  await field(v, 'wizard.truthful').check();
  await step.press(v, t('wizard.next'));
}

export async function setPassword(v, secret = step.secret) {
  const t = words(v.lang);
  await field(v, 'wizard.password').fill(secret);
  await field(v, 'wizard.password.repeat').fill(secret);
  await step.press(v, t('wizard.finish'));
}

/** register goes through all four steps, from the login page on, and gives the new Codice Persona. What is left out
 * is Italian; `seen` is called at every page. */
export async function register(v, demo, who, secret = step.secret, seen = async () => {}, { here } = {}) {
  const t = words(v.lang);
  const italy = v.lang === 'it' ? 'Italia' : 'Italy';
  await begin(v, demo, here);
  await seen('identity');
  await identity(v, { state: t('wizard.italy'), citizenship: italy, ...who });
  await step.heading(v, t('registration.code.title'));
  await seen('code');
  await code(v, demo, who.email);
  await step.heading(v, t('wizard.residence.title'));
  await seen('residence');
  await residence(v, { state: italy, province: 'MI', town: 'Milano', street: 'Via di Prova 1', postal: '20100' });
  await step.heading(v, t('wizard.consents.title'));
  await seen('consents');
  await consents(v);
  await step.heading(v, t('wizard.review.title'));
  await seen('review');
  await setPassword(v, secret);
  await step.heading(v, t('wizard.done.title'));
  await seen('done');
  return (await v.page.locator('#codice-persona').innerText()).trim();
}
