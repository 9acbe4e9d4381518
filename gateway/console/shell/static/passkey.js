// Forms that a passkey fills in: `data-passkey` says whether one is made ("create") or used ("get"), `data-options` what
// is asked of the browser. They are shown only where the browser knows passkeys.

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const options = JSON.parse(form.dataset.options);
    try {
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: forMaking(options) })
        : await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge) } });
      form.elements.namedItem("answer").value = JSON.stringify(told(credential));
      form.submit();
    } catch (error) {
      if (error.name !== "NotAllowedError" && error.name !== "InvalidStateError") throw error; // they chose not to
    }
  });
}

function forMaking(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials ?? []).map((each) => ({ ...each, id: bytes(each.id) })),
  };
}

function told(credential) {
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    const part = credential.response[name];
    if (part) parts[name] = text(part);
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: parts };
}

function bytes(value) {
  const padded = value.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(padded), (each) => each.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
