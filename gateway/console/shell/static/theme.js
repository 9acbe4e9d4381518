// Where nobody has chosen, the console is as dark as the machine; run before anything is drawn, so that nothing flashes.
const page = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
function follow() {
  if (page.hasAttribute("data-auto")) page.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
}
follow();
dark.addEventListener("change", follow);

// The drawer of a phone closes with Escape.
document.addEventListener("keydown", (event) => {
  const drawer = document.getElementById("drawer");
  if (event.key === "Escape" && drawer?.checked) drawer.checked = false;
});
