// Rows that are chosen for a batch: all of a page at once, and how many they are.
function told(form) {
  const boxes = [...form.querySelectorAll(".pick-row[name]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const all = form.querySelector(".pick-row[data-all]");
  if (all) {
    all.hidden = false;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  for (const count of form.querySelectorAll("[data-chosen]")) count.textContent = chosen ? ` (${chosen})` : "";
}
document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || !box.matches(".pick-row")) return;
  if (box.hasAttribute("data-all")) {
    for (const each of box.form.querySelectorAll(".pick-row[name]")) each.checked = box.checked;
  }
  told(box.form);
});
function begin() {
  const form = document.querySelector("form#listing");
  if (form) told(form);
}
document.addEventListener("htmx:afterSettle", begin);
begin();
