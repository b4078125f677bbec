// Finding faces, as ganlib/data/faces.py does: a small network looks at windows everywhere, then
// again, closer, at what may be faces. All numbers come from there, in `n`.
//
// A window is a square that may be turned: {c, a}, its centre and its arm, complex numbers [x, y]
// in pixels. `ask` is the network: windows' pixels, (count, 3, size, size) -> {logit, points}.

import { bilinear } from "./frame.js";

const add = (p, q) => [p[0] + q[0], p[1] + q[1]];
const sub = (p, q) => [p[0] - q[0], p[1] - q[1]];
const mul = (p, q) => [p[0] * q[0] - p[1] * q[1], p[0] * q[1] + p[1] * q[0]];
const scaled = (p, k) => [p[0] * k, p[1] * k];
const length = (p) => Math.hypot(...p);
const mean = (points) => scaled(points.reduce(add), 1 / points.length);
const resized = (windows, k) => windows.map(({ c, a }) => ({ c: scaled(c, k), a: scaled(a, k) }));
const surestFirst = (logits) => [...logits.keys()].sort((i, j) => logits[j] - logits[i]);

// The window in which points lie most like those of the mean face, by least squares.
function fit(points, n) {
  const middle = mean(n.meanFace), centre = mean(points);
  let arm = [0, 0], norm = 0;
  n.meanFace.forEach((place, i) => {
    const [x, y] = sub(place, middle);
    arm = add(arm, mul([x, -y], sub(points[i], centre)));
    norm += x * x + y * y;
  });
  arm = scaled(arm, 1 / norm);
  return { c: sub(centre, mul(arm, middle)), a: arm };
}

// The pixels of windows on a picture, each mirrored as well if wanted; large ones are averaged.
function cut(picture, windows, n, mirrored = false) {
  const { width, height, planes } = picture, size = n.window;
  const finer = Math.max(...windows.map(({ a }) => 2 * length(a))) > 2 * size ? 2 : 1;
  const count = windows.length * (mirrored ? 2 : 1);
  const out = new Float32Array(count * 3 * size * size);
  const line = (i) => (2 * i + 1) / (finer * size) - 1;
  for (let w = 0, at = 0; w < count; w++) {
    const { c, a } = windows[w % windows.length];
    const flip = w >= windows.length ? -1 : 1;
    for (const plane of planes) {
      for (let row = 0; row < size; row++) {
        for (let column = 0; column < size; column++, at++) {
          let sum = 0;
          for (let i = 0; i < finer; i++) {
            for (let j = 0; j < finer; j++) {
              const place = [flip * line(finer * column + j), line(finer * row + i)];
              const [x, y] = add(c, mul(a, place));
              sum += bilinear(plane, width, height, x - 0.5, y - 0.5);
            }
          }
          out[at] = sum / (finer * finer);
        }
      }
    }
  }
  return out;
}

const inPixels = (points, { c, a }) => points.map((place) => add(c, mul(a, place)));

async function look(ask, picture, windows, n) {
  if (!windows.length) return { logits: [], points: [] };
  const { logit, points } = await ask(cut(picture, windows, n), windows.length);
  return { logits: logit, points: points.map((row, i) => inPixels(row, windows[i])) };
}

// Surer and more accurate: each window, a smaller and a larger one, and all their mirror images.
async function lookClosely(ask, picture, windows, n) {
  if (!windows.length) return { logits: [], points: [] };
  const all = n.views.flatMap((k) => windows.map(({ c, a }) => ({ c, a: scaled(a, k) })));
  const { logit, points } = await ask(cut(picture, all, n, true), 2 * all.length);
  const views = windows.map((_, w) => n.views.map((_, v) => v * windows.length + w));
  return {
    logits: views.map((rows) => rows.reduce((sum, row) => sum + logit[row] +
      logit[all.length + row], 0) / (2 * rows.length)),
    points: views.map((rows) => n.meanFace.map((_, i) => mean(rows.map((row) => {
      const [x, y] = points[all.length + row][n.mirrored[i]];
      return inPixels([mean([points[row][i], [-x, y]])], all[row])[0];
    })))),
  };
}

// Upright windows that cover a picture, each place by several.
function everywhere({ width, height }, shares, n) {
  return shares.flatMap((share) => {
    const half = (share * Math.min(width, height)) / 2;
    const centres = (edge) => {
      const count = Math.round((edge - 2 * half) / (2 * half * n.stride)) + 1;
      const step = (edge - 2 * half) / (count - 1);
      return Array.from({ length: count }, (_, i) => (count > 1 ? half + i * step : edge / 2));
    };
    return centres(height).flatMap((y) => centres(width).map((x) => ({ c: [x, y], a: [half, 0] })));
  });
}

// Windows about what may be faces.
async function promising(ask, picture, windows, n) {
  const { logits, points } = await look(ask, picture, windows, n);
  const kept = [];
  for (const row of surestFirst(logits)) {
    if (logits[row] <= n.worthALook || kept.length >= n.most) break;
    const window = fit(points[row], n);
    const beside = kept.filter(({ c }) => length(sub(c, window.c)) < length(window.a) / 2);
    if (beside.length < n.each) kept.push(window);
  }
  return kept;
}

// The faces in windows, each once: {points, confidence, turn}.
async function confirmed(ask, picture, windows, n) {
  const first = await look(ask, picture, windows, n);
  const places = [];
  for (const row of surestFirst(first.logits)) {
    const window = fit(first.points[row], n);
    if (places.every(({ c }) => length(sub(c, window.c)) > length(window.a))) places.push(window);
  }
  const { logits, points } = await lookClosely(ask, picture, places, n);
  return places.map(({ a }, i) => ({
    points: points[i],
    confidence: 1 / (1 + Math.exp(-logits[i])),
    turn: (Math.round(Math.atan2(a[1], a[0]) / (Math.PI / 2)) + 4) % 4,
  })).filter(({ confidence }) => confidence >= n.found);
}

// A picture of half the side.
function halved({ width, height, planes }) {
  const small = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  small.planes = planes.map((plane) => {
    const half = new Float32Array(small.width * small.height);
    for (let y = 0; y < small.height; y++) {
      for (let x = 0; x < small.width; x++) {
        half[y * small.width + x] = bilinear(plane, width, height, 2 * x + 0.5, 2 * y + 0.5);
      }
    }
    return half;
  });
  return small;
}

/** The faces on a picture {width, height, planes}, floats in [-1, 1], short side `n.short`. */
export async function findFaces(ask, picture, n) {
  const half = halved(picture);
  const upright = everywhere(picture, n.large, n);
  const turned = [[0, 1], [-1, 0], [0, -1]].flatMap((quarter) =>
    upright.map(({ c, a }) => ({ c, a: mul(a, quarter) })));
  const large = async (windows) =>
    resized(await promising(ask, half, resized(windows, 0.5), n), 2);
  const searches = [
    () => large(upright),
    () => promising(ask, picture, everywhere(picture, n.small, n), n),
    () => large(turned),
  ];
  let faces = [];
  const surest = (found) => Math.max(0, ...found.map(({ confidence }) => confidence));
  for (const search of searches) {
    const found = await confirmed(ask, picture, await search(), n);
    if (surest(found) > surest(faces)) faces = found;
    if (surest(faces) >= n.sure) break;
  }
  const size = ({ points }) => length(fit(points, n).a);
  return faces.sort((p, q) => size(q) - size(p));
}
