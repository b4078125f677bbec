// What a visitor sees. The work is done by drawer.js, in a worker.

import { View } from "./view.js";

const $ = (id) => document.getElementById(id);
const MAX_SIDE = 2048; // pixels: as `ganlib stylize` reduces larger photographs
const MIN_SIDE = 32;
const PAUSE = 200; // ms without a change of the frame before it is drawn

const settings = await (await fetch("settings.json")).json();
const worker = new Worker("drawer.js", { type: "module" });
const waiting = new Map();

let jobs = 0;
let source = null; // the photograph: a canvas, upright, on white
let faces = []; // the squares of its faces, the largest first
let current = 0; // the face that is framed
let drawings = {}; // style -> {seen, drawn, ms} of what is framed
let shown = null; // {style, seen, drawn}: the large drawing
let generation = 0; // what was drawn of an earlier frame is thrown away
let ready = false; // once the model is loaded

function ask(job, details = {}, transfer = []) {
  const id = jobs++;
  worker.postMessage({ id, job, ...details }, transfer);
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

worker.onmessage = ({ data }) => {
  if (data.total) return progress(data);
  const { resolve, reject } = waiting.get(data.id);
  waiting.delete(data.id);
  if (data.error) reject(new Error(data.error));
  else resolve(data);
};
worker.onerror = () => say("This browser is too old for the page; update it, or use another.", true);

function say(text, problem = false) {
  $("status").textContent = text;
  $("status").classList.toggle("problem", problem);
}

function failed(error) {
  $("busy").hidden = true;
  say(`Something went wrong: ${error.message}. Reload the page to try again.`, true);
}

function progress({ loaded, total }) {
  const share = Math.min(loaded / total, 1);
  $("progress").value = share;
  const mb = (bytes) => (bytes / 1e6).toFixed(0);
  $("megabytes").textContent = `${mb(share * total)} of ${mb(total)} MB`;
}

// ---- a photograph comes in

// Upright, as the camera says: browsers follow its note.
async function open(blob, name) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch {
    return say(`This browser cannot read ${name}. Save it as JPEG or PNG and try again.`, true);
  }
  if (Math.min(bitmap.width, bitmap.height) < MIN_SIDE) {
    const size = `${bitmap.width} × ${bitmap.height}`;
    return say(`${name} is too small: ${size} pixels, of ${MIN_SIDE} × ${MIN_SIDE}.`, true);
  }
  await take(bitmap);
}

async function take(bitmap, mirrored = false) {
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  if (mirrored) context.setTransform(-1, 0, 0, 1, canvas.width, 0);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  source = canvas;
  faces = [];
  view.show(source);
  if (ready) await look();
}

// Find the faces, and draw the largest.
async function look() {
  const mine = source;
  generation++;
  say("Looking for a face.");
  $("busy").hidden = false;
  const photo = mine.getContext("2d").getImageData(0, 0, mine.width, mine.height);
  const found = await ask("look", { photo }, [photo.data.buffer]);
  if (mine !== source) return; // another photograph has come meanwhile
  for (let i = 0; i < found.turn; i++) source = quarter(source);
  faces = found.views;
  current = 0;
  $("face").disabled = !faces.length;
  $("face").textContent = faces.length > 1 ? "Next face" : "Find the face";
  view.show(source, faces[0]);
  await draw();
}

// Turned back by a quarter turn, counterclockwise.
function quarter(canvas) {
  const turned = document.createElement("canvas");
  [turned.width, turned.height] = [canvas.height, canvas.width];
  const context = turned.getContext("2d");
  context.setTransform(0, -1, 1, 0, 0, canvas.width);
  context.drawImage(canvas, 0, 0);
  return turned;
}

// ---- the drawing

const chosen = () => document.querySelector("input[name=style]:checked").value;

// Draws in the style that is chosen, then in the others, until the frame changes.
async function draw() {
  const mine = ++generation;
  drawings = {};
  $("busy").hidden = false;
  say("Drawing.");
  for (let left = [...settings.styles]; left.length; ) {
    const style = left.includes(chosen()) ? chosen() : left[0];
    left = left.filter((name) => name !== style);
    const done = await ask("draw", { view: view.square, style });
    if (mine !== generation) return;
    drawings[style] = done;
    paint($(`style-${style}`), done.drawn);
    if (style === chosen()) show();
  }
  $("busy").hidden = true;
}

let timer;
const view = new View($("photograph"), $("zoom"), () => {
  generation++;
  clearTimeout(timer);
  if (ready) timer = setTimeout(() => draw().catch(failed), PAUSE);
});

function paint(canvas, rgb) {
  const image = new ImageData(canvas.width, canvas.height);
  image.data.fill(255);
  for (let i = 0, j = 0; i < rgb.length; i += 3, j += 4) {
    for (let c = 0; c < 3; c++) image.data[j + c] = rgb[i + c];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// The drawing in the style that is chosen, or what of the photograph it was made of.
function show() {
  const done = drawings[chosen()];
  if (!done) return;
  shown = { style: chosen(), ...done };
  const compared = $("compare").getAttribute("aria-pressed") === "true";
  paint($("drawing"), compared ? done.seen : done.drawn);
  $("drawing").setAttribute("aria-label", compared
    ? "The photograph as the model sees it, the jaw narrowed as drawn ones are"
    : `Anime portrait in the style ${chosen()}`);
  $("compare").disabled = $("download").disabled = false;
  if (faces.length) say(`Drawn in ${(done.ms / 1000).toFixed(1)} s.`);
  else say("No face found: frame it yourself. Upright faces from the front work best.", true);
}

// Twice the size of the drawing, smoothly: what is shared is shown larger than 256 pixels.
async function download() {
  const { style, drawn } = shown;
  const small = document.createElement("canvas");
  small.width = small.height = settings.frame.size;
  paint(small, drawn);
  const large = document.createElement("canvas");
  large.width = large.height = 2 * small.width;
  const context = large.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, large.width, large.height);
  const blob = await new Promise((resolve) => large.toBlob(resolve, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `anime-portrait-${style}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// ---- the camera

async function startCamera() {
  try {
    const video = { facingMode: "user", width: { ideal: 1280 } };
    $("video").srcObject = await navigator.mediaDevices.getUserMedia({ video });
    $("shot").showModal();
  } catch (error) {
    say(error.name === "NotAllowedError"
      ? "The camera may not be used: allow it in the browser's settings, or choose a photograph."
      : "No camera was found: choose a photograph.", true);
  }
}

function stopCamera() {
  $("video").srcObject?.getTracks().forEach((track) => track.stop());
  $("video").srcObject = null;
}

async function takePicture() {
  if (!$("video").videoWidth) return; // not on yet
  const bitmap = await createImageBitmap($("video"));
  $("shot").close();
  await take(bitmap, true);
}

// ---- all together

function addStyles() {
  settings.styles.forEach((name, i) => {
    const label = document.createElement("label");
    label.className = "style";
    label.innerHTML = `<input type="radio" name="style"><canvas aria-hidden="true"></canvas>`
      + "<span></span>";
    const [input, small, word] = label.children;
    input.value = name;
    input.checked = i === 0;
    input.addEventListener("change", show);
    small.id = `style-${name}`;
    small.width = small.height = settings.frame.size;
    word.textContent = name[0].toUpperCase() + name.slice(1);
    $("styles").append(label);
  });
  $("drawing").width = $("drawing").height = settings.frame.size;
  $("about").textContent = `A generator of ${(settings.weights / 1e6).toFixed(1)} million weights, `
    + `trained with ganlib ${settings.ganlib}. After the first visit it works without a network.`;
}

function opened(file) {
  if (file) open(file, file.name).catch(failed);
}

function listen() {
  $("file").addEventListener("change", ({ target }) => {
    opened(target.files[0]);
    target.value = ""; // the same file may be chosen again
  });
  const dropping = (event, on) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", on);
  };
  document.addEventListener("dragover", (event) => dropping(event, true));
  document.addEventListener("dragleave", (event) => dropping(event, false));
  document.addEventListener("drop", (event) => {
    dropping(event, false);
    opened(event.dataTransfer.files[0]);
  });
  $("face").addEventListener("click", () => {
    current = (current + 1) % faces.length;
    view.show(source, faces[current]);
    draw().catch(failed);
  });
  $("compare").addEventListener("click", () => {
    const pressed = $("compare").getAttribute("aria-pressed") === "true";
    $("compare").setAttribute("aria-pressed", String(!pressed));
    show();
  });
  $("download").addEventListener("click", () => download().catch(failed));
  $("camera").hidden = !navigator.mediaDevices;
  $("camera").addEventListener("click", startCamera);
  $("take").addEventListener("click", () => takePicture().catch(failed));
  $("cancel").addEventListener("click", () => $("shot").close());
  $("shot").addEventListener("close", stopCamera);
}

addStyles();
listen();
try {
  const example = await (await fetch(settings.example)).blob();
  if (!source) await open(example, "the example");
  await ask("load", { settings });
  ready = true;
  $("loading").hidden = true;
  $("styles").disabled = false;
  await look();
  // After the drawing, so that it has the network for itself.
  await navigator.serviceWorker?.register("sw.js");
} catch (error) {
  failed(error);
}
