// Asks the browser for a passkey, puts what it says into the form beside the button, and sends it.
// Without this script, or in a browser without passkeys, the part with the button stays hidden and
// the code is asked for as ever.
(() => {
  const button = document.querySelector("[data-passkey]");
  const known = window.PublicKeyCredential;
  if (!button || !known || !known.parseCreationOptionsFromJSON) return;
  const form = button.form;
  const wrong = document.getElementById("passkey-wrong");
  const { publicKey } = JSON.parse(button.dataset.options);
  const ask = {
    make: () =>
      navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(publicKey) }),
    use: () =>
      navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(publicKey) }),
  };
  for (const part of document.querySelectorAll("[data-passkey-part]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-passkey-missing]")) part.hidden = true;
  button.addEventListener("click", async () => {
    wrong.textContent = "";
    try {
      form.elements.credential.value = JSON.stringify(await ask[button.dataset.passkey]());
      form.submit();
    } catch {
      wrong.textContent = button.dataset.wrong;
    }
  });
})();
