// Makes signing keys and signatures in the browser, where it can: the private key never leaves the machine. Without this file
// both are made by a command and pasted.

const ALGORITHM = { name: 'Ed25519' };

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const pem = (kind, bytes) =>
  `-----BEGIN ${kind}-----\n${base64(bytes).replace(/.{64}(?=.)/g, '$&\n')}\n-----END ${kind}-----\n`;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** A place where the outcome of a button is said, also to screen readers. */
const sayer = () => element('p', { class: 'govuk-body', role: 'status' });

const button = (text) =>
  element('button', { type: 'button', class: 'govuk-button govuk-button--secondary' }, text);

async function makeKey(said) {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const kept = pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  document.getElementById('key').value = pem(
    'PUBLIC KEY',
    await crypto.subtle.exportKey('spki', pair.publicKey),
  );
  const href = URL.createObjectURL(new Blob([kept], { type: 'application/x-pem-file' }));
  element('a', { href, download: 'my-key.pem' }).click();
  said.textContent =
    'Your private key was saved as my-key.pem: keep it to yourself, with a copy in a safe place. Its public half is in the field below.';
}

export function offerNewKey(place) {
  const said = sayer();
  const make = button('Make a key on this machine');
  make.addEventListener('click', () =>
    makeKey(said).catch(() => {
      said.textContent = 'This browser cannot make such a key. Make it with a command.';
    }),
  );
  place.replaceChildren(make, said);
  place.hidden = false;
}

async function sign(file, text) {
  const body = (await file.text()).replace(/-----(BEGIN|END) PRIVATE KEY-----|\s/g, '');
  const key = await crypto.subtle.importKey('pkcs8', bytesOf(body), ALGORITHM, false, ['sign']);
  document.getElementById('signature').value = base64(
    await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(text)),
  );
}

export function offerSigning(place) {
  const said = sayer();
  const label = element(
    'label',
    { class: 'govuk-label govuk-label--s', for: 'key-file' },
    'Your private key',
  );
  const hint = element(
    'div',
    { class: 'govuk-hint', id: 'key-file-hint' },
    'The file is read by this page on your machine, and is not sent.',
  );
  // Without a name the file is no part of the form.
  const file = element('input', {
    class: 'govuk-file-upload',
    type: 'file',
    id: 'key-file',
    'aria-describedby': 'key-file-hint',
  });
  const text = document.getElementById(place.dataset.wmSign).textContent;
  file.addEventListener('change', () => {
    if (!file.files[0]) return;
    sign(file.files[0], text).then(
      () => {
        said.textContent = 'The signature is in the field below. Press “Sign” to add it.';
      },
      () => {
        said.textContent =
          'No signature could be made with this file. Choose an Ed25519 key in PEM, or make the signature with a command.';
      },
    );
  });
  place.replaceChildren(element('div', { class: 'govuk-form-group' }, label, hint, file), said);
  place.hidden = false;
}
