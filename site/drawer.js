// The worker that finds faces and draws, so that the page stays quick. It answers messages
// {id, job, ...}, one after another, with {id, ...} or {id, error}; while it loads it says
// {loaded, total}, in bytes. Photographs never leave it.

import * as ort from "./ort.wasm.bundle.min.mjs";
import { crop, faceIn, place } from "./frame.js";
import { findFaces } from "./finder.js";

let settings, finder, model;
let photo, faces;

// A file of the page, with progress; kept in the browser's cache, so that it is fetched once.
async function bytesOf(name, progress) {
  const cache = globalThis.caches && (await caches.open(settings.version));
  const kept = cache && (await cache.match(name));
  const answer = kept ?? (await fetch(name));
  if (!answer.ok) throw new Error(`${name} could not be fetched (${answer.status})`);
  const parts = [];
  const reader = answer.body.getReader();
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    parts.push(value);
    progress(value.length);
  }
  const whole = new Uint8Array(await new Blob(parts).arrayBuffer());
  if (cache && !kept) {
    const headers = { "Content-Type": "application/octet-stream" };
    // A full disk is no reason not to draw.
    await cache.put(name, new Response(whole, { headers })).catch(() => {});
  }
  return whole;
}

async function load(job) {
  settings = job.settings;
  const names = [settings.runtime, settings.model, settings.finder];
  const total = names.reduce((sum, { bytes }) => sum + bytes, 0);
  let loaded = 0;
  const progress = (bytes) => self.postMessage({ loaded: (loaded += bytes), total });
  const [runtime, ...files] =
    await Promise.all(names.map(({ file }) => bytesOf(file, progress)));
  ort.env.wasm.wasmBinary = runtime;
  ort.env.wasm.numThreads = 1; // more would need headers that plain hosts do not send
  ort.env.logLevel = "error";
  model = await ort.InferenceSession.create(files[0]);
  finder = await ort.InferenceSession.create(files[1]);
  return {};
}

async function ask(pixels, count) {
  const side = settings.find.window;
  const photo = new ort.Tensor("float32", pixels, [count, 3, side, side]);
  const { logit, points } = await finder.run({ photo });
  const places = points.dims[1];
  const row = (i) => Array.from({ length: places }, (_, k) =>
    Array.from(points.data.subarray((i * places + k) * 2, (i * places + k) * 2 + 2)));
  return { logit: logit.data, points: Array.from({ length: count }, (_, i) => row(i)) };
}

// A copy for the finder: its short side is `short` pixels, colours are planes in [-1, 1].
function reduced() {
  const { short, long } = settings.find;
  const sides = [photo.width, photo.height];
  const scale = Math.min(short / Math.min(...sides), long / Math.max(...sides));
  const [width, height] = sides.map((edge) => Math.max(1, Math.round(edge * scale)));
  const whole = new OffscreenCanvas(photo.width, photo.height);
  whole.getContext("2d").putImageData(photo, 0, 0);
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(whole, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const planes = [0, 1, 2].map((channel) =>
    Float32Array.from({ length: width * height }, (_, i) => data[4 * i + channel] / 127.5 - 1));
  return { width, height, planes };
}

// Turned back by a quarter turn, counterclockwise: a photograph, and a point on one.
function quarter({ width, height, data }) {
  const from = new Uint32Array(data.buffer);
  const to = new Uint32Array(from.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) to[(width - 1 - x) * height + y] = from[y * width + x];
  }
  return new ImageData(new Uint8ClampedArray(to.buffer), height, width);
}

/** Take a photograph (ImageData) and find its faces; heads that lie are turned upright. */
async function look(job) {
  photo = job.photo;
  const copy = reduced();
  const found = await findFaces(ask, copy, settings.find);
  const turn = found[0]?.turn ?? 0;
  const k = photo.width / copy.width, l = photo.height / copy.height;
  faces = found.filter((face) => face.turn === turn)
    .map(({ points }) => points.map(([x, y]) => [x * k, y * l]));
  for (let i = 0; i < turn; i++) {
    const { width } = photo;
    faces = faces.map((points) => points.map(([x, y]) => [y, width - x]));
    photo = quarter(photo);
  }
  return { turn, views: faces.map((face) => place(face, settings.frame)) };
}

/** Draw what a view shows in a style: {seen, drawn}, RGB bytes, and the model's milliseconds. */
async function draw({ view, style }) {
  const { size } = settings.frame;
  const seen = crop(photo, faceIn(view, faces, settings.frame), view, settings.frame);
  const planes = new Float32Array(seen.length);
  const pixels = size * size;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) planes[c * pixels + i] = seen[3 * i + c] / 127.5 - 1;
  }
  const weights = Float32Array.from(settings.styles, (name) => Number(name === style));
  const start = performance.now();
  const { drawing } = await model.run({
    photo: new ort.Tensor("float32", planes, [1, 3, size, size]),
    style: new ort.Tensor("float32", weights, [1, weights.length]),
  });
  const ms = performance.now() - start;
  const drawn = new Uint8ClampedArray(seen.length);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      drawn[3 * i + c] = Math.round((drawing.data[c * pixels + i] + 1) * 127.5);
    }
  }
  return { seen, drawn, ms };
}

const jobs = { load, look, draw };
let last = Promise.resolve();
self.onmessage = ({ data }) => {
  last = last.then(async () => {
    try {
      self.postMessage({ id: data.id, ...(await jobs[data.job](data)) });
    } catch (error) {
      self.postMessage({ id: data.id, error: String(error?.message ?? error) });
    }
  });
};
