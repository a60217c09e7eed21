// Makes or asks for a passkey: form[data-passkey="create|get"] with data-options. Its
// button appears only where the browser can; the answer goes into the form's field
// "answer", and the form is sent.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));

const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

const descriptors = (list) => (list ?? []).map((d) => ({ ...d, id: bytes(d.id) }));

function read(options) {
  const o = { ...options, challenge: bytes(options.challenge) };
  if (o.user) o.user = { ...o.user, id: bytes(o.user.id) };
  if (o.excludeCredentials) o.excludeCredentials = descriptors(o.excludeCredentials);
  if (o.allowCredentials) o.allowCredentials = descriptors(o.allowCredentials);
  return o;
}

function write(credential) {
  const response = {};
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return JSON.stringify({
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {},
  });
}

export function passkey(root) {
  if (!globalThis.PublicKeyCredential || !navigator.credentials) return;
  for (const form of root.querySelectorAll('form[data-passkey]')) {
    const button = form.querySelector('[data-passkey-go]');
    const failed = form.querySelector('[data-passkey-failed]');
    form.querySelector('[data-passkey-missing]').hidden = true;
    button.hidden = false;
    button.addEventListener('click', async () => {
      failed.hidden = true;
      button.disabled = true;
      try {
        const publicKey = read(JSON.parse(form.dataset.options));
        form.elements.answer.value = write(await navigator.credentials[form.dataset.passkey]({ publicKey }));
        form.submit();
      } catch {
        // Cancelled, timed out, or no such key here: the person tries again or takes another way.
        failed.hidden = false;
        button.disabled = false;
      }
    });
  }
}
