// Inspection on a bad network: a check is kept in the browser until the service has answered it, and sent again until
// then. It has its own number, so that one that arrived without our hearing of it is not stored twice.
const LONG_EDGE = 1600, QUALITY = 0.82, RETRY_MS = 15_000;
const status = document.getElementById("unsent");
let sending = false;

for (const input of document.querySelectorAll("input[data-send]")) {
  input.addEventListener("change", () => input.files.length && input.form.requestSubmit());
}

async function bind() {
  const form = document.querySelector("form[data-check]");
  if (!form) return;
  const refused = (await kept()).find((check) => check.refused && check.to === form.getAttribute("action"));
  if (refused) fill(form, refused);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    form.querySelector("button").disabled = sending = true;
    const check = await read(form, refused);
    await keep(check);
    const answer = await send(check);
    sending = false;
    if (!answer) return later(form);
    await settle(check, answer);
    if (answer.redirected) return location.assign(answer.url);
    await show(answer);
  });
}

/** There is no network: the check is kept, and its form has done its work. */
async function later(form) {
  form.hidden = true;
  await tell();
  status.scrollIntoView({ block: "center" });
}

/** What was refused in the background, to be corrected: its photographs go with it unless others are chosen. */
function fill(form, check) {
  for (const [name, value] of check.fields) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
}

async function read(form, before) {
  const check = {
    id: form.elements.id.value, to: form.getAttribute("action"), who: status.dataset.who, fields: [], photos: [],
  };
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") check.fields.push([name, value]);
    else if (value.size) check.photos.push(await smaller(value));
  }
  if (!check.photos.length && before) check.photos = before.photos;
  return check;
}

/** A refusal is shown as the page that it is. */
async function show(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.querySelector("[autofocus]")?.focus();
  await bind();
}

/** The answer of the service, or nothing where there is no network or no service. */
async function send(check) {
  const body = new FormData();
  for (const [name, value] of check.fields) body.append(name, value);
  for (const [at, photo] of check.photos.entries()) body.append("photos", photo, `${at + 1}.jpg`);
  try {
    const answer = await fetch(check.to, { method: "POST", body });
    return answer.status < 500 && answer.status !== 429 ? answer : null;
  } catch {
    return null;
  }
}

/** Stored it is let go; refused it stays, for its inspector to correct; signed out it waits for them. */
async function settle(check, answer) {
  if (answer.ok) await done((await store("readwrite")).delete(check.id));
  else if (answer.status !== 401) await keep({ ...check, refused: true });
}

/** A photograph as large as is needed to see what is on it; one that cannot be drawn goes as it is. */
async function smaller(photo) {
  try {
    const picture = await createImageBitmap(photo);
    const scale = Math.min(1, LONG_EDGE / Math.max(picture.width, picture.height));
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  } catch {
    return photo;
  }
}

function store(mode) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("inspection", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("checks", { keyPath: "id" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.transaction("checks", mode).objectStore("checks"));
  });
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function keep(check) {
  return done((await store("readwrite")).put(check));
}

/** What waits of whoever is signed in: a phone may have several inspectors. */
async function kept() {
  const every = await done((await store("readonly")).getAll());
  return every.filter((check) => check.who === status.dataset.who);
}

async function sendKept() {
  if (sending) return;
  sending = true;
  try {
    for (const check of (await kept()).filter((each) => !each.refused)) {
      const answer = await send(check);
      if (!answer) break;
      await settle(check, answer);
    }
  } finally {
    sending = false;
  }
  await tell();
}

async function tell() {
  const every = await kept();
  const waiting = every.filter((check) => !check.refused), refused = every.find((check) => check.refused);
  const [line, bad] = [status.querySelector("[data-waiting]"), status.querySelector("[data-refused]")];
  line.hidden = !waiting.length;
  line.querySelector("b").textContent = waiting.length;
  bad.hidden = !refused;
  if (refused) bad.querySelector("a").href = refused.to;
}

addEventListener("online", sendKept);
setInterval(sendKept, RETRY_MS);
bind();
tell().then(sendKept);
