// Lets somebody photograph a document with the camera of this device, where there is one:
// [data-camera] on a file field, whose data-camera-* are the words. The picture becomes a
// file of the same field, so that the form knows no difference; choosing a file works as
// before. // E02
const wish = { video: { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: false };

export function camera(root) {
  if (!globalThis.navigator?.mediaDevices?.getUserMedia || !globalThis.DataTransfer) return;
  for (const field of root.querySelectorAll('input[type="file"][data-camera]')) attach(root, field);
}

function attach(root, field) {
  const words = field.dataset;
  const make = (tag, props = {}, ...children) => {
    const node = Object.assign(root.createElement(tag), props);
    node.append(...children);
    return node;
  };
  const button = (text, style = 'btn-outline-primary') => make('button', { type: 'button', className: `btn btn-sm ${style}`, textContent: text });
  const named = (node, text) => { node.setAttribute('aria-label', `${text}: ${field.labels?.[0]?.textContent.trim() ?? ''}`); return node; };
  const open = named(button(words.cameraOpen), words.cameraOpen);
  const shoot = named(button(words.cameraShoot, 'btn-primary'), words.cameraShoot);
  const close = named(button(words.cameraClose), words.cameraClose);
  const video = named(make('video', { muted: true, playsInline: true, hidden: true }), words.cameraView);
  const canvas = make('canvas', { hidden: true });
  canvas.setAttribute('role', 'img');
  named(canvas, words.cameraTaken);
  const said = make('p', { className: 'form-text' });
  said.setAttribute('role', 'status');
  const buttons = make('div', { className: 'atrio-buttons' }, open);
  field.after(make('div', { className: 'atrio-camera' }, video, canvas, said, buttons));

  let stream = null;
  let turn = 0; // the camera may answer after it was closed
  const stop = () => {
    turn += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
    video.hidden = true;
    buttons.replaceChildren(open);
  };
  open.addEventListener('click', async () => {
    const mine = (turn += 1);
    said.textContent = '';
    open.disabled = true;
    let got = null;
    try {
      got = await navigator.mediaDevices.getUserMedia(wish);
      if (mine !== turn) throw new Error('closed meanwhile');
      stream = got;
      video.srcObject = stream;
      canvas.hidden = true;
      video.hidden = false;
      await video.play();
      buttons.replaceChildren(shoot, close);
      shoot.focus();
    } catch {
      for (const track of got?.getTracks() ?? []) track.stop();
      if (mine === turn) {
        stop();
        said.textContent = words.cameraDenied;
      }
    } finally {
      open.disabled = false;
    }
  });
  close.addEventListener('click', () => { stop(); open.focus(); });
  shoot.addEventListener('click', () => {
    if (!video.videoWidth) return;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext('2d').drawImage(video, 0, 0);
    stop();
    canvas.toBlob((blob) => {
      if (!blob) {
        said.textContent = words.cameraDenied;
        return;
      }
      const files = new DataTransfer();
      files.items.add(new File([blob], `${field.name}.jpg`, { type: 'image/jpeg' }));
      field.files = files.files;
      field.dispatchEvent(new Event('change', { bubbles: true }));
      canvas.hidden = false;
      said.textContent = words.cameraTaken;
      open.focus();
    }, 'image/jpeg', 0.92);
  });
  // Another file was chosen: the picture that is shown is not what is sent.
  field.addEventListener('change', () => {
    if (field.files[0]?.name !== `${field.name}.jpg`) {
      canvas.hidden = true;
      said.textContent = '';
    }
  });
  globalThis.addEventListener?.('pagehide', stop);
}
