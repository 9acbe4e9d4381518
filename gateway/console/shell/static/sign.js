// A signature as strokes of points: what is sent are numbers, never a picture.
const pad = document.getElementById("pad");
const kept = document.getElementById("strokes");
const pen = pad.getContext("2d");
let strokes = [];
let stroke = null;

const place = (event) => {
  const box = pad.getBoundingClientRect();
  const x = Math.round(((event.clientX - box.left) * pad.width) / box.width);
  const y = Math.round(((event.clientY - box.top) * pad.height) / box.height);
  return [Math.min(Math.max(x, 0), pad.width), Math.min(Math.max(y, 0), pad.height)];
};

const draw = () => {
  pen.clearRect(0, 0, pad.width, pad.height);
  pen.lineWidth = 5;
  pen.lineCap = pen.lineJoin = "round";
  for (const points of strokes) {
    pen.beginPath();
    points.forEach(([x, y], at) => (at ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
  }
};

const keep = () => {
  kept.value = strokes.length ? JSON.stringify(strokes) : "";
};

pad.addEventListener("pointerdown", (event) => {
  event.preventDefault();
  pad.setPointerCapture(event.pointerId);
  stroke = [place(event)];
  strokes.push(stroke);
});
pad.addEventListener("pointermove", (event) => {
  if (!stroke) return;
  stroke.push(place(event));
  draw();
});
for (const name of ["pointerup", "pointercancel"]) {
  pad.addEventListener(name, () => {
    stroke = null;
    keep();
  });
}
document.getElementById("clear").addEventListener("click", () => {
  strokes = [];
  draw();
  keep();
});
