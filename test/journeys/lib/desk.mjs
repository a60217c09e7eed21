// The people of the help desk at work.

import { visitor } from './browser.mjs';
import * as step from './steps.mjs';
import { words } from './words.mjs';

export class Desk {
  #browser;
  #demo;
  #keys = {}; // of their apps

  constructor(browser, demo) {
    this.#browser = browser;
    this.#demo = demo;
  }

  /** works signs a clerk in with two factors; the first time the second one is set up. */
  async works(world, name) {
    const v = await visitor(this.#browser, world);
    const t = words(v.lang);
    const person = await this.#demo.person(name);
    await v.page.goto(`${this.#demo.gateway}/login`);
    await step.local(v, person.login, person.password);
    if (this.#keys[name]) {
      await v.page.getByLabel(t('challenge.label.totp'), { exact: true }).fill(await this.#code(name));
      await step.press(v, t('challenge.submit'));
    } else {
      await step.heading(v, t('selfcare.data.title'));
      await v.page.goto(`${this.#demo.gateway}/account/second-factor`);
      await step.press(v, t('enrolment.app.activate'), { role: 'link' });
      await v.page.getByText(t('enrolment.app.manual'), { exact: true }).click();
      this.#keys[name] = (await v.page.locator('#key').innerText()).replaceAll(' ', '');
      await v.page.getByLabel(t('enrolment.app.code'), { exact: true }).fill(await this.#code(name));
      await step.press(v, t('enrolment.confirm'));
      await v.page.getByText(t('enrolment.notice.app')).waitFor();
    }
    await v.page.goto(`${this.#demo.gateway}/helpdesk`);
    return v;
  }

  #code(name) {
    return step.appCode(this.#demo, { totp_secret: this.#keys[name] });
  }

  /** find searches for a person and says why. */
  async find(v, key) {
    const t = words(v.lang);
    await v.page.goto(`${this.#demo.gateway}/helpdesk`);
    await step.heading(v, t('helpdesk.title'));
    await v.page.getByLabel(t('helpdesk.key'), { exact: true }).fill(key);
    await v.page.getByLabel(t('helpdesk.reason'), { exact: true }).fill('Ha chiamato stamattina');
    await step.press(v, t('helpdesk.search'));
  }

  /** does opens a deed, says why and confirms. */
  async does(v, deed, why) {
    const t = words(v.lang);
    const box = v.page.locator('details', { hasText: t(`helpdesk.deed.${deed}.effect`) });
    await box.locator('summary').click();
    await box.getByLabel(t('helpdesk.reason'), { exact: true }).fill(why);
    await box.getByRole('button', { name: t(`helpdesk.deed.${deed}`), exact: true }).click();
  }

  /** sees notes that the person is there with a passport. */
  async sees(v) {
    const t = words(v.lang);
    const box = v.page.locator('details', { hasText: t('helpdesk.caller.paper.text') });
    await box.locator('summary').click();
    await box.getByLabel(t('helpdesk.paper.passport'), { exact: true }).check();
    await box.getByRole('button', { name: t('helpdesk.caller.paper.seen'), exact: true }).click();
    await v.page.getByText(t('helpdesk.caller.proved.paper')).waitFor();
  }
}
