// From a photograph to the square that the portrait model sees, as `ganlib stylize` makes it
// (ganlib/data/aligned.py and ganlib/drawing/frame.py). All numbers come from there, in `n`.
//
// A photograph is {width, height, data}: RGBA bytes, upright. A face is the list of its points,
// [x, y] in the photograph's pixels. A view is the square of the frame on the photograph:
// {x, y, side}, its corner and its side in pixels.

const mid = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
const apart = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The named points among those that the finder gives.
const named = ([outerL, innerL, outerR, innerR, , , nose, mouthL, mouthR, chin, left, right]) =>
  ({ outerL, innerL, outerR, innerR, nose, mouthL, mouthR, chin, left, right });

/** The point between the eyes: where heads are held in the frame. */
export function pupils(face) {
  const p = named(face);
  return mid(mid(p.outerL, p.innerL), mid(p.outerR, p.innerR));
}

/** The view in which a face lies as the faces of the training pairs do. */
export function place(face, n) {
  const p = named(face);
  const eyes = pupils(face);
  // A turned head is narrow on the photograph; the distance from pupils to chin stays.
  const width = Math.max(apart(p.left, p.right), apart(p.chin, eyes) / 0.84);
  const side = width / n.share;
  const middle = 0.7 * eyes[0] + 0.3 * mid(p.left, p.right)[0];
  return { x: middle - 0.5 * side, y: eyes[1] - n.pupilsAt * side, side };
}

/** The face that a view shows about where it should lie, or null. */
export function faceIn(view, faces, n) {
  const off = (face) => {
    const [x, y] = pupils(face);
    const ratio = Math.abs(Math.log2(place(face, n).side / view.side));
    const away = Math.hypot((x - view.x) / view.side - 0.5, (y - view.y) / view.side - n.pupilsAt);
    return away < 0.25 && ratio < 1 ? away : Infinity;
  };
  const nearest = faces.reduce((a, b) => (off(b) < off(a) ? b : a), faces[0]);
  return nearest && off(nearest) < Infinity ? nearest : null;
}

// Linear between the knots (xs, ys), constant beyond them.
function interpolate(x, xs, ys) {
  if (x <= xs[0]) return ys[0];
  for (let i = 1; i < xs.length; i++) {
    if (x <= xs[i]) {
      return ys[i - 1] + ((ys[i] - ys[i - 1]) * (x - xs[i - 1])) / (xs[i] - xs[i - 1]);
    }
  }
  return ys[ys.length - 1];
}

// Where the frame's (x, y) come from once the jaw is narrowed as drawn ones are; all in frame
// pixels. Without a face nothing moves.
function warp(face, view, n) {
  if (!face) return (x, y) => [x, y];
  const scale = n.size / view.side;
  const p = named(face.map(([x, y]) => [(x - view.x) * scale, (y - view.y) * scale]));
  const sides = apart(p.nose, p.left) / apart(p.nose, p.right);
  const turn = Math.abs(clamp(Math.log(sides) / Math.log(2.5), -1, 1));
  const mouth = apart(p.mouthL, p.mouthR) / apart(p.left, p.right);
  const byMouth = interpolate(mouth, n.mouths, n.byMouth);
  const strength = n.narrowing * byMouth * (1 - n.turned * turn);
  const widths = n.widths.map((width) => 1 - strength * (1 - width));
  const eyes = mid(p.outerL, p.outerR)[1];
  const depth = p.chin[1] - eyes;
  const width = apart(p.left, p.right);
  const middle = 0.5 * mid(p.left, p.right)[0] + 0.5 * p.chin[0];
  return (x, y) => {
    // Between pupils and chin all is closer together, and so it is above the brows.
    const within = clamp(y - eyes, 0, depth * n.depth);
    const above = clamp(eyes - 0.24 * width - y, 0, 0.45 * width * n.forehead);
    const sourceY = y + within * (1 / n.depth - 1) - above * (1 / n.forehead - 1);
    const narrow = interpolate((sourceY - eyes) / depth, n.depths, widths);
    const across = x - middle;
    const near = Math.exp(-((Math.abs(across) / (0.75 * width)) ** 4));
    return [middle + across * (1 + (1 / narrow - 1) * near), sourceY];
  };
}

// The half of a Gaussian kernel: its middle first, so that the whole has a sum of 1.
function kernel(sigma, truncate) {
  const half = Array.from({ length: Math.floor(truncate * sigma + 0.5) + 1 }, (_, i) =>
    Math.exp((-0.5 * i * i) / (sigma * sigma)));
  const sum = 2 * half.reduce((a, b) => a + b) - half[0];
  return half.map((weight) => weight / sum);
}

// Blur a plane of floats along rows (step 1) or columns (step width), its edge repeated.
function blurLine(plane, count, length, between, step, half) {
  const line = new Float32Array(length);
  for (let row = 0; row < count; row++) {
    const start = row * between;
    for (let i = 0; i < length; i++) line[i] = plane[start + i * step];
    for (let i = 0; i < length; i++) {
      let sum = half[0] * line[i];
      for (let k = 1; k < half.length; k++) {
        sum += half[k] * (line[Math.max(i - k, 0)] + line[Math.min(i + k, length - 1)]);
      }
      plane[start + i * step] = sum;
    }
  }
}

function blur(plane, width, height, sigma, truncate) {
  const half = kernel(sigma, truncate);
  blurLine(plane, height, width, width, 1, half);
  blurLine(plane, width, height, 1, width, half);
  return plane;
}

// One colour of a part of a photograph, as floats.
function planeOf(photo, channel, left, top, width, height) {
  const plane = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      plane[y * width + x] = photo.data[((top + y) * photo.width + left + x) * 4 + channel];
    }
  }
  return plane;
}

/** Value of a plane at (x, y), pixel centres at whole numbers; beyond it its edge goes on. */
export function bilinear(plane, width, height, x, y) {
  x = clamp(x, 0, width - 1);
  y = clamp(y, 0, height - 1);
  const x0 = Math.floor(x), y0 = Math.floor(y);
  const x1 = Math.min(x0 + 1, width - 1), y1 = Math.min(y0 + 1, height - 1);
  const fx = x - x0, fy = y - y0;
  const above = plane[y0 * width + x0] * (1 - fx) + plane[y0 * width + x1] * fx;
  const below = plane[y1 * width + x0] * (1 - fx) + plane[y1 * width + x1] * fx;
  return above * (1 - fy) + below * fy;
}

// The photograph's pixel at each place of the frame: (x, y) in turn, size² of them.
function sources(face, view, n) {
  const from = warp(face, view, n);
  const scale = view.side / n.size;
  const places = new Float64Array(2 * n.size * n.size);
  for (let row = 0, i = 0; row < n.size; row++) {
    for (let column = 0; column < n.size; column++, i += 2) {
      const [x, y] = from(column + 0.5, row + 0.5);
      places[i] = x * scale + view.x - 0.5;
      places[i + 1] = y * scale + view.y - 0.5;
    }
  }
  return places;
}

// The part of the photograph that a frame needs, with the reach of its blur: [first, last + 1).
function reach(places, offset, edge, margin) {
  let low = Infinity, high = -Infinity;
  for (let i = offset; i < places.length; i += 2) {
    low = Math.min(low, places[i]);
    high = Math.max(high, places[i]);
  }
  const first = clamp(Math.floor(low) - margin, 0, edge - 1);
  return [first, clamp(Math.ceil(high) + 1 + margin, first + 1, edge)];
}

/** What the model sees in a view: RGB bytes, size × size × 3. */
export function crop(photo, face, view, n) {
  const { size } = n, pixels = size * size;
  const places = sources(face, view, n);
  const sigma = (0.4 * view.side) / size; // against moiré, where the photograph is reduced
  const smooth = view.side > size;
  const margin = smooth ? Math.ceil(4 * sigma) + 1 : 1;
  const [left, right] = reach(places, 0, photo.width, margin);
  const [top, bottom] = reach(places, 1, photo.height, margin);
  const width = right - left, height = bottom - top;
  const share = onPhoto(photo, places, size);
  const out = new Uint8Array(3 * pixels);
  for (let channel = 0; channel < 3; channel++) {
    const plane = planeOf(photo, channel, left, top, width, height);
    if (smooth) blur(plane, width, height, sigma, 4);
    const seen = new Float32Array(pixels);
    for (let i = 0; i < pixels; i++) {
      seen[i] = bilinear(plane, width, height, places[2 * i] - left, places[2 * i + 1] - top);
    }
    // Beyond the photograph its border goes on as a gradient, not as stripes.
    const soft = share && blur(Float32Array.from(seen), size, size, size / 28, 3);
    for (let i = 0; i < pixels; i++) {
      const value = share ? seen[i] * share[i] + soft[i] * (1 - share[i]) : seen[i];
      out[3 * i + channel] = clamp(Math.round(value), 0, 255);
    }
  }
  return out;
}

// How much each pixel of the frame is of the photograph itself, 0 to 1; null if all are.
function onPhoto(photo, places, size) {
  const inside = new Float32Array(size * size);
  let all = true;
  for (let i = 0; i < inside.length; i++) {
    const x = places[2 * i], y = places[2 * i + 1];
    inside[i] = x >= -0.5 && x <= photo.width - 0.5 && y >= -0.5 && y <= photo.height - 0.5;
    all &&= inside[i] === 1;
  }
  if (all) return null;
  return blur(inside, size, size, size / 120, 3).map((value) => clamp(2 * value - 1, 0, 1));
}
