// A connector begins with samples: they are sent, and the workshop opens on what was drafted.
import { ask, encoded, nameOf } from "./asking.js";

const form = document.getElementById("draft");
const button = form.querySelector("button");
const failure = form.querySelector("[role=alert]");
const called = button.textContent;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  failure.hidden = true;
  button.disabled = true;
  button.textContent = form.dataset.working;
  try {
    const samples = {};
    for (const file of form.samples.files) samples[file.name] = await encoded(file);
    const text = form.pasted.value;
    if (text.trim()) samples[nameOf(text)] = await encoded(text);
    const answer = await ask("/connectors/new", { name: form.name.value, samples, target: form.target.value });
    location.assign((await answer.json()).location);
  } catch (error) {
    failure.textContent = error.message || form.dataset.failed;
    failure.hidden = false;
    button.disabled = false;
    button.textContent = called;
  }
});
for (const kind of ["dragover", "drop"]) {
  form.addEventListener(kind, (event) => {
    event.preventDefault();
    if (kind === "drop" && event.dataTransfer.files.length) form.samples.files = event.dataTransfer.files;
  });
}
