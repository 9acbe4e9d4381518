// Compares a PDF with the registered documents by SHA-256. The file is read here and sent nowhere:
// the page's Content-Security-Policy has no connect-src, so it could not be.
"use strict";

(() => {
  const section = document.getElementById("document");
  const input = document.getElementById("pdf");
  const result = document.getElementById("document-result");
  const known = section.dataset.sha256.split(" ");
  const current = Number(section.dataset.current);
  const fallback = document.currentScript.dataset.sha256;
  let latest = 0;

  const show = (name) => {
    const template = section.querySelector(`template[data-result="${name}"]`);
    result.dataset.shown = name;
    result.replaceChildren(template.content.cloneNode(true));
  };

  const digest = async (buffer) => {
    const bytes = window.crypto?.subtle
      ? await window.crypto.subtle.digest("SHA-256", buffer)
      : window.yizhanSha256(buffer);
    return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  const outcome = (hash) => {
    const place = known.indexOf(hash);
    if (place < 0) return "different";
    return place < current ? "same" : "older";
  };

  const compare = async (file) => {
    if (!file) return;
    const turn = (latest += 1);
    show("working");
    section.scrollIntoView({ block: "nearest" });
    let found;
    try {
      found = outcome(await digest(await file.arrayBuffer()));
    } catch {
      found = "unreadable";
    }
    if (turn === latest) show(found); // a later file was chosen meanwhile: its answer counts
  };

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const over = (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    section.classList.add("over");
  };
  const leave = (event) => {
    if (event.relatedTarget === null) section.classList.remove("over");
  };
  const drop = (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    section.classList.remove("over");
    compare(event.dataTransfer.files[0]);
  };

  const listen = () => {
    input.addEventListener("change", () => {
      compare(input.files[0]);
      input.value = "";
    });
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    input.disabled = false;
  };

  if (window.crypto?.subtle) {
    listen();
  } else {
    const script = document.createElement("script");
    script.src = fallback;
    script.addEventListener("load", listen);
    document.head.append(script);
  }
})();
