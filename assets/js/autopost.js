// Sends the form of "web/autopost" at once. Going back from the other site
// must not send it again: the button is there for whoever wants to.
const form = document.querySelector('form[data-autopost]');
const type = performance.getEntriesByType('navigation')[0]?.type;
if (form && type !== 'back_forward') {
  form.requestSubmit();
}
