// Follows a large document while it is worked on, and shows its result when it is finished.
for (const bar of document.querySelectorAll("progress[data-events]")) {
  const events = new EventSource(bar.dataset.events);
  events.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    document.getElementById("rows-read").textContent = told.rows_read.toLocaleString();
    document.getElementById("rows-done").textContent = told.rows_done.toLocaleString();
    if (told.size_bytes) bar.value = Math.min(told.read_bytes / told.size_bytes, 1);
  });
  events.addEventListener("done", () => {
    events.close();
    location.reload();
  });
}
